"""Whether this node and the hub hold the same, and how a difference heals: asked nightly, and by a technician.

Sans-I/O: ``verify`` yields what is to be asked of the hub and is sent the answers. Two looks are taken, for what one
side heard a moment before the other is no difference; only what differs the same way twice is healed, with an alarm.
"""

from collections.abc import Callable, Generator
from datetime import datetime
from functools import partial
from typing import TypeAlias

import msgspec

from sync.ambient import Ids
from sync.documents.document import clients_in
from sync.replication import digests, fixity, inbox
from sync.replication.inbox import Projection
from sync.replication.messages import DigestAnswer, DigestBucket, HealAnswer, HealRequest, PullItem
from sync.storage import Store, quarantine, replica
from sync.storage.transaction import Reader, Transaction

LOOKS_MAX = 20  # a node in the middle of its work is quiet sooner or later


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """A request to the hub; ``message`` is its body, ``answer`` what to decode."""

    method: str
    target: str
    answer: type[msgspec.Struct]
    message: msgspec.Struct | None = None


class Later(msgspec.Struct, frozen=True, kw_only=True):
    """Let the node push and pull before it looks again."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A document that is not the same on both sides; ``None`` where a side holds nothing."""

    document_id: str
    mine: bytes | None
    theirs: bytes | None


class VerifyReport(msgspec.Struct, frozen=True, kw_only=True):
    """``healed`` are the same now; ``unhealed`` still differ; ``is_settled``: there was a quiet moment to compare."""

    documents: int
    is_settled: bool
    healed: tuple[str, ...] = ()
    unhealed: tuple[str, ...] = ()


Wish: TypeAlias = Ask | Later
Answer: TypeAlias = msgspec.Struct | None
Verification: TypeAlias = Generator[Wish, Answer, VerifyReport]


def verify(store: Store, *, project: Projection, ids: Ids, now: Callable[[], datetime]) -> Verification:
    """Compare, heal what differs, compare again; blocks on ``store``, so an event loop runs it in a thread.

    What rotted on the disk is found first: a digest kept beside it says nothing of it.
    """
    for document_id in fixity.note_rot(store):
        store.run_now(partial(quarantine.raise_alarm, kind="digest", subject=document_id, now=now()))
    yield from _offer_orphans(store)
    differences = yield from _steady_differences(store)
    if differences is None:
        return VerifyReport(documents=_count(store), is_settled=False)
    for difference in differences:
        snapshot = store.read_now(partial(_snapshot, document_id=difference.document_id))
        request = HealRequest(document_id=difference.document_id, snapshot=snapshot)
        answer = yield Ask(method="POST", target="/sync/heal", message=request, answer=HealAnswer)
        item = answer.item if isinstance(answer, HealAnswer) else None
        if isinstance(answer, HealAnswer) and answer.is_kept and item is None:
            continue  # nobody else holds it: it stays until a person at the hub has looked at the copy
        store.run_now(partial(_heal, difference=difference, item=item, project=project, ids=ids, now=now()))
    if not differences:
        return VerifyReport(documents=_count(store), is_settled=True)
    left = yield from _steady_differences(store)
    unhealed = {difference.document_id for difference in left or ()}
    found = [difference.document_id for difference in differences]
    return VerifyReport(
        documents=_count(store),
        is_settled=left is not None,
        healed=tuple(each for each in found if each not in unhealed),
        unhealed=tuple(sorted(unhealed)),
    )


def _offer_orphans(store: Store) -> Generator[Wish, Answer, None]:
    """Show the hub what is kept apart here and was not made here: it may be nowhere else, and a person is to look."""
    for document_id in store.read_now(_orphans):
        snapshot = store.read_now(partial(_snapshot, document_id=document_id))
        request = HealRequest(document_id=document_id, snapshot=snapshot)
        yield Ask(method="POST", target="/sync/heal", message=request, answer=HealAnswer)


def _orphans(reader: Reader) -> list[str]:
    return [
        document_id
        for document_id in quarantine.kept_apart(reader)
        if clients_in(_snapshot(reader, document_id=document_id)) - replica.own_clients(reader, document_id=document_id)
    ]


def _steady_differences(store: Store) -> Generator[Wish, Answer, list[Difference] | None]:
    """What differs the same way in two looks one after the other; ``None`` when there was no quiet moment."""
    before: list[Difference] | None = None
    for _ in range(LOOKS_MAX):
        found = yield from _look(store)
        if found == []:
            return []
        if before is not None and found is not None and (steady := [each for each in found if each in before]):
            return steady
        before = found
        yield Later()
    return None if before is None else []


def _look(store: Store) -> Generator[Wish, Answer, list[Difference] | None]:
    """What differs now; ``None`` while something is still on its way in either direction."""
    told = yield Ask(method="GET", target="/sync/digest", answer=DigestAnswer)
    if not isinstance(told, DigestAnswer) or told.unmerged or not store.read_now(partial(_is_quiet, seq=told.seq)):
        return None
    mine = store.read_now(lambda reader: digests.buckets_of(digests.of_node(reader)))
    found: list[Difference] = []
    for bucket in digests.differing(mine, told.buckets):
        theirs = yield Ask(method="GET", target=f"/sync/digest/{bucket}", answer=DigestBucket)
        if isinstance(theirs, DigestBucket):
            held = store.read_now(partial(_entries, bucket=bucket))
            found += _compared(held, theirs.documents)
    return found


def _compared(mine: dict[str, bytes], theirs: dict[str, bytes]) -> list[Difference]:
    return [
        Difference(document_id=document_id, mine=mine.get(document_id), theirs=theirs.get(document_id))
        for document_id in sorted(mine.keys() | theirs.keys())
        if mine.get(document_id) != theirs.get(document_id)
    ]


def _is_quiet(reader: Reader, *, seq: int) -> bool:
    return replica.link(reader).cursor >= seq and replica.backlog(reader).count == 0


def _entries(reader: Reader, *, bucket: int) -> dict[str, bytes]:
    held = digests.of_node(reader)
    return {each.document_id: each.entry for each in held if digests.bucket_of(each.document_id) == bucket}


def _snapshot(reader: Reader, *, document_id: str) -> bytes:
    stored = replica.document(reader, document_id=document_id)
    return stored.snapshot if stored else b""


def _count(store: Store) -> int:
    return store.read_now(lambda reader: int(reader.scalar("select count(*) from replica_documents") or 0))


def _heal(
    tx: Transaction, *, difference: Difference, item: PullItem | None, project: Projection, ids: Ids, now: datetime
) -> None:
    """Take the hub's word: its document instead of this one, or none where it is none of this node's; with an alarm."""
    document_id = difference.document_id
    quarantine.raise_alarm(tx, kind="digest", subject=document_id, now=now)
    stored = replica.document(tx, document_id=document_id)
    if item is not None:
        inbox.receive_instead(tx, item, project=project, ids=ids, now=now)
    elif stored is not None:
        drop = PullItem(seq=0, what="drop", document_id=document_id, kind=stored.kind)
        inbox.take_items(tx, (drop,), project=project, ids=ids, now=now)
