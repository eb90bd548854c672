"""A node greets: what the hub holds of its chain, and numbers where it is running short."""

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from central_hub.node_gateway import queries
from central_hub.node_gateway.model import Speaker, Stream
from central_hub.storage import replica
from central_hub.storage.transaction import Transaction
from sync.replication.messages import HelloRequest, NumberLease

LEASE_NUMBERS = 2_000  # a regional office registers 2,000 cases a day at most: a day without the hub
LEASE_BELOW = LEASE_NUMBERS // 2
DECEMBER = 12
KYIV = ZoneInfo("Europe/Kyiv")


class Greeting(msgspec.Struct, frozen=True, kw_only=True):
    hub_incarnation: str
    acknowledged_oseq: int
    leases: tuple[NumberLease, ...]


def greet(tx: Transaction, *, speaker: Speaker, hello: HelloRequest, now: datetime) -> Greeting:
    """Begin the stream of a new incarnation, and lease numbers where fewer than half a range are left.

    Ranges of one office and year never overlap and are never given again; those of next year are leased in December.
    """
    replica.reserve(tx, count=1)  # one greeting at a time: two could lease the same range
    head = queries.stream(tx, speaker)
    if head is None:
        head = Stream()
        queries.save_stream(tx, speaker, head)
    queries.mark_seen(tx, node_id=speaker.node_id, now=now)
    today = now.astimezone(KYIV)
    years = [today.year, today.year + 1] if today.month == DECEMBER else [today.year]
    leases = [
        _lease(tx, speaker, year=year, now=now) for year in years if hello.numbers_left.get(year, 0) < LEASE_BELOW
    ]
    return Greeting(hub_incarnation=replica.incarnation(tx), acknowledged_oseq=head.oseq, leases=tuple(leases))


def _lease(tx: Transaction, speaker: Speaker, *, year: int, now: datetime) -> NumberLease:
    first = queries.last_leased(tx, office_id=speaker.office_id, year=year) + 1
    lease = NumberLease(year=year, first=first, last=first + LEASE_NUMBERS - 1)
    queries.save_lease(tx, speaker, lease, now=now)
    return lease
