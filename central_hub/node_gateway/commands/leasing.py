"""Official numbers leased to nodes, each range under a seal: a hub that forgot a lease believes the seal."""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from central_hub.node_gateway import queries
from central_hub.node_gateway.model import Speaker
from central_hub.storage import leases, replica
from central_hub.storage.transaction import Transaction
from sync.replication.messages import HelloRequest, NumberLease

LEASE_NUMBERS = 2_000  # a regional office registers 2,000 cases a day at most: a day without the hub
LEASE_BELOW = LEASE_NUMBERS // 2
LEASES_HEARD_MAX = 64  # a node holds two or three
# a node brought back twenty times in a day; whoever asks for more would use up the year's numbers
LEASES_A_DAY_MAX = 24
DECEMBER = 12
KYIV = ZoneInfo("Europe/Kyiv")


def lease_numbers(tx: Transaction, *, speaker: Speaker, hello: HelloRequest, now: datetime) -> tuple[NumberLease, ...]:
    """New ranges where fewer than half of one are left, and held ones that still miss their seal.

    Ranges of one office and year never overlap and are never given again; those of next year are leased in December.
    A node gets ``LEASES_A_DAY_MAX`` a day at most; there is an alarm when it asks for more.
    """
    key = leases.seal_key(tx)
    adopted = adopt(tx, speaker=speaker, held=hello.leases, now=now)
    today = now.astimezone(KYIV)
    years = [today.year, today.year + 1] if today.month == DECEMBER else [today.year]
    short = [year for year in years if hello.numbers_left.get(year, 0) < LEASE_BELOW]
    if short and leases.leased_since(tx, node_id=speaker.node_id, since=now - timedelta(days=1)) >= LEASES_A_DAY_MAX:
        replica.raise_alarm_daily(tx, kind="leases-many", subject=speaker.node_id, office_id=speaker.office_id, now=now)
        short = []
    fresh = [_lease(tx, speaker, year=year, now=now) for year in short]
    return tuple(sealed(lease, speaker=speaker, key=key) for lease in (*adopted, *fresh))


def adopt(tx: Transaction, *, speaker: Speaker, held: Iterable[NumberLease], now: datetime) -> list[NumberLease]:
    """Write down what the node got under a right seal and the hub forgot; those known but not sealed yet.

    That is what this incarnation holds, and what an earlier one drew from: its cases may come only yet. A range that
    overlaps another's is not adopted: it is for a person to look at.
    """
    key, unsealed = leases.seal_key(tx), []
    for lease in list(held)[:LEASES_HEARD_MAX]:
        holder = msgspec.structs.replace(speaker, incarnation=lease.incarnation or speaker.incarnation)
        is_known = leases.is_leased(tx, node_id=holder.node_id, incarnation=holder.incarnation, lease=lease)
        if is_known and not lease.seal:
            unsealed.append(lease)
        is_right = hmac.compare_digest(lease.seal, sealed(lease, speaker=speaker, key=key).seal)
        if is_known or not is_right:
            continue
        if leases.overlaps(tx, office_id=speaker.office_id, lease=lease):
            subject = f"{speaker.office_id}-{lease.year}-{lease.first}"
            replica.raise_alarm_daily(tx, kind="lease-overlaps", subject=subject, office_id=speaker.office_id, now=now)
            continue
        queries.save_lease(tx, holder, lease, now=now)
    return unsealed


def sealed(lease: NumberLease, *, speaker: Speaker, key: bytes) -> NumberLease:
    """The lease under the hub's seal: good for the incarnation of this node that it names, or that speaks, alone."""
    holder = f"{speaker.node_id}\n{lease.incarnation or speaker.incarnation}\n{speaker.office_id}"
    covered = f"vikno-lease-1\n{holder}\n{lease.year}\n{lease.first}\n{lease.last}".encode()
    return msgspec.structs.replace(lease, seal=hmac.digest(key, covered, hashlib.sha256))


def _lease(tx: Transaction, speaker: Speaker, *, year: int, now: datetime) -> NumberLease:
    first = queries.last_leased(tx, office_id=speaker.office_id, year=year) + 1
    lease = NumberLease(year=year, first=first, last=first + LEASE_NUMBERS - 1)
    queries.save_lease(tx, speaker, lease, now=now)
    return lease
