"""What a node does for its replica by night: compare it with the hub, finish erasures, let old bytes go."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

import msgspec

from sync.ambient import Clock, Ids
from sync.replication import erasure, verification
from sync.replication.blobs import BlobFolder
from sync.replication.client import HubClient
from sync.replication.inbox import Projection
from sync.replication.messages import ErasureDone
from sync.replication.transport import HubRefusal, Unreachable
from sync.replication.verification import Ask, VerifyReport
from sync.storage import Store, replica
from sync.storage.transaction import Transaction
from sync.storage.upgrade import forget_copies

BYTES_KEPT = timedelta(days=30)  # after the hub's disk may fail without loss
ANSWERS_KEPT = timedelta(days=7)  # a lost answer is asked for again within minutes
SCRUB_AT_LATEST = timedelta(hours=12)  # an erasure waits for a quiet hall, but not longer

DROPPED_AT_ONCE = 500

LATER_SECONDS = 2.0
ROUND_SECONDS = 15.0

_log = logging.getLogger(__name__)


class Replica(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked after: the node's store and files, and how a document becomes rows of the slices."""

    store: Store
    blobs: BlobFolder
    project: Projection
    clock: Clock
    ids: Ids


async def verify(own: Replica, client: HubClient) -> VerifyReport:
    """Compare the node with the hub and heal what differs, while ``client`` runs; raises what asking the hub raises."""
    looking = verification.verify(own.store, project=own.project, ids=own.ids, now=own.clock.now)
    answer: msgspec.Struct | None = None
    while True:
        step = partial(_next_wish, looking, answer)
        wish = await asyncio.to_thread(step)
        if isinstance(wish, VerifyReport):
            if wish.healed or wish.unhealed:
                _log.error(
                    "the replica differed from the hub's: %d healed, %d not", len(wish.healed), len(wish.unhealed)
                )
            return wish
        if isinstance(wish, Ask):
            answer = await client.ask(wish.method, wish.target, message=wish.message, answer=wish.answer)
        else:
            answer = None
            await asyncio.sleep(LATER_SECONDS)  # the client pushes and pulls meanwhile


def _next_wish(looking: verification.Verification, answer: msgspec.Struct | None) -> verification.Wish | VerifyReport:
    try:
        return looking.send(answer)
    except StopIteration as ended:
        report: VerifyReport = ended.value
        return report


async def finish_erasures(own: Replica, client: HubClient, *, is_hall_quiet: bool) -> int:
    """Rewrite the database without what was erased, delete its files, and tell the hub; how many were finished.

    The database stands still meanwhile (seconds for a gigabyte), so it waits for a quiet hall, at most half a day.
    """
    due = await own.store.read(erasure.unconfirmed)
    now = own.clock.now()
    if not due or not (is_hall_quiet or now - due[0].erased_at > SCRUB_AT_LATEST):
        return 0
    document_ids = [each.document_id for each in due]
    await own.store.run(partial(erasure.finish_purge, document_ids=document_ids))
    await own.store.run(partial(erasure.delete_files, folder=own.blobs))
    await asyncio.to_thread(own.store.scrub)
    await asyncio.to_thread(forget_copies, own.store.path)
    done = ErasureDone(generations={each.document_id: each.generation for each in due})
    await client.tell("POST", "/sync/erasures", done)
    await own.store.run(partial(erasure.mark_confirmed, document_ids=document_ids, now=now))
    return len(due)


def next_night(now: datetime, *, node_id: str) -> datetime:
    """When this node compares itself next: between two and four in the night, each node at a minute of its own."""
    minute = int.from_bytes(node_id.encode()[-4:]) % 120
    at = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(minutes=minute)
    return at if at > now else at + timedelta(days=1)


async def forget_old_bytes(own: Replica) -> int:
    """Drop the bytes of operations that also survive the loss of the hub's disk, a month after; how many.

    Few at a time: the hall writes meanwhile.
    """
    dropped = 0
    while some := await own.store.run(partial(drop_old_bytes, now=own.clock.now())):
        dropped += some
    return dropped


def drop_old_bytes(tx: Transaction, *, now: datetime) -> int:
    """Of some operations that the hub holds so that the loss of its disk loses nothing, and answers nobody asks again.

    How many operations that were; 0 when there are no more.
    """
    tx.execute("delete from idempotency_keys where answered_at < :before", before=now - ANSWERS_KEPT)
    return tx.execute(
        "update replica_operations set body = null, change = null where rowid in ("
        "select rowid from replica_operations where state = 'acknowledged' and body is not null "
        "and settled_at < :before and settled_at <= (select durable_at from replica_link) limit :limit)",
        before=now - BYTES_KEPT,
        limit=DROPPED_AT_ONCE,
    )


async def run(own: Replica, client: HubClient, *, is_hall_quiet: Callable[[], Awaitable[bool]]) -> None:
    """Look again and again for what is due, until cancelled; without the hub it waits for the next look."""
    node_id = (await own.store.read(replica.stream)).node_id
    night = next_night(own.clock.now(), node_id=node_id)
    while True:
        await asyncio.sleep(ROUND_SECONDS)
        try:
            if await own.store.read(erasure.has_files_to_delete):
                await own.store.run(partial(erasure.delete_files, folder=own.blobs))
            await finish_erasures(own, client, is_hall_quiet=await is_hall_quiet())
            if own.clock.now() >= night:
                night = next_night(own.clock.now(), node_id=node_id)
                await forget_old_bytes(own)
                await verify(own, client)
        except Unreachable as error:
            _log.info("the night's work waits for the hub: %s", error)
        except HubRefusal as refusal:
            _log.warning("the hub refused the night's work: %s", refusal)
