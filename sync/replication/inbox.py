"""What the hub says, made part of the replica: items and cursor in one transaction; and the engine's effects.

An item that cannot be taken blocks nothing and is not swallowed: it is kept beside, raises an alarm, and its document
is asked for as a whole later.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import msgspec

from sync.ambient import Ids
from sync.documents import document as documents
from sync.documents.document import DocumentPanic, DocumentView
from sync.documents.validator import check_snapshot
from sync.replication import blob_rows, departures, erasure, leases, outbox, rebase
from sync.replication.engine import (
    BeginIncarnation,
    CursorReset,
    Effect,
    Freeze,
    GiveUpNumbers,
    HeldUpTo,
    HubTime,
    Leased,
    NodeState,
    OutgoingOperation,
    Refetch,
    Settled,
    UpgradeNeeded,
)
from sync.replication.incarnation import begin_incarnation
from sync.replication.messages import OPERATIONS_MAX, DocumentKind, OperationResult, PullAnswer, PullItem
from sync.storage import link, quarantine, replica
from sync.storage.replica import OperationState, StoredDocument, StoredOperation
from sync.storage.transaction import Reader, Transaction
from sync.vocabulary.errors import Refusal

# whatever rule bytes from outside break, in the check, in the merge, or where a slice reads what they say
UNUSABLE = (ValueError, TypeError, LookupError, OverflowError, msgspec.MsgspecError, Refusal, DocumentPanic)
ANSWER_AGE_MAX = timedelta(minutes=1)  # a line slower than that is a line that is cut


class DocumentChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A document came from the hub or changed there; ``view`` is ``None`` when it left this node's scope.

    ``is_erased``: only a tombstone is left in the city, and what the slices keep of it must go too.
    """

    document_id: str
    kind: DocumentKind
    view: DocumentView | None
    is_erased: bool = False


Projection = Callable[[Transaction, DocumentChanged], None]


def node_state(reader: Reader, *, after: int = 0) -> NodeState:
    """What the engine decides from; of the outbox only what comes ``after`` what is on its way."""
    waiting = replica.waiting_operations(reader, limit=OPERATIONS_MAX, after=after)
    acknowledged_oseq = replica.acknowledged_oseq(reader)
    return NodeState(
        stream=replica.stream(reader),
        link=replica.link(reader),
        outbox=tuple(
            OutgoingOperation(operation=outbox.as_operation(stored), head_hash=stored.hash or b"") for stored in waiting
        ),
        numbers_left=leases.numbers_left(reader),
        acknowledged_oseq=acknowledged_oseq,
        acknowledged_hash=replica.hash_before(reader, oseq=acknowledged_oseq + 1),
        leases=leases.held(reader),
    )


def carry_out(tx: Transaction, effects: list[Effect], *, ids: Ids, now: datetime) -> None:
    """Make the engine's effects durable, in their order."""
    for effect in effects:
        match effect:
            case GiveUpNumbers() | Leased():
                _take_numbers(tx, effect, now=now)
            case Settled():
                for result in effect.results:
                    _settle(tx, result, now=now)
            case HeldUpTo():
                _hold_up_to(tx, effect.oseq, ids=ids, now=now)
            case BeginIncarnation():
                begin_incarnation(tx, incarnation=ids.new())
            case CursorReset() | Refetch() | Freeze() | HubTime():
                _stand(tx, effect, ids=ids, now=now)
            case UpgradeNeeded():
                pass  # shown by the client's health; nothing durable changes


def _take_numbers(tx: Transaction, effect: GiveUpNumbers | Leased, *, now: datetime) -> None:
    match effect:
        case GiveUpNumbers():
            leases.give_up(tx)
        case Leased():
            for lease in effect.leases:
                leases.accept(tx, lease, leased_at=_by_hub_clock(tx, now))


def _stand(tx: Transaction, effect: CursorReset | Refetch | Freeze | HubTime, *, ids: Ids, now: datetime) -> None:
    """How the node stands to the hub from now on."""
    match effect:
        case CursorReset():
            _doubt_blobs(tx, effect.hub_incarnation)
            replica.heard(tx, hub_incarnation=effect.hub_incarnation, cursor=0)
        case Refetch():
            if replica.has_unchained(tx):
                begin_incarnation(tx, incarnation=ids.new())
            _doubt_blobs(tx, effect.hub_incarnation)
            link.begin_refetch(tx, hub_incarnation=effect.hub_incarnation)
        case Freeze():
            link.freeze(tx, why=effect.why)
        case HubTime():
            offset = (effect.at - now).total_seconds()
            link.note_hub_time(tx, offset_seconds=offset, durable_at=effect.durable_at)


def _doubt_blobs(tx: Transaction, hub_incarnation: str) -> None:
    """A hub that is not the one last heard may have lost files that came after its backup."""
    if hub_incarnation != replica.link(tx).hub_incarnation:
        blob_rows.doubt_uploads(tx)


def _by_hub_clock(reader: Reader, now: datetime) -> datetime:
    """When the hub took what it just answered, at the latest, by its own clock, as its word of what is durable."""
    return now + timedelta(seconds=replica.link(reader).clock_offset_seconds or 0) + ANSWER_AGE_MAX


def _settle(tx: Transaction, result: OperationResult, *, now: datetime) -> None:
    state = rebase.state_under(result.code)
    replica.settle_operation(
        tx, operation_id=result.operation_id, state=state, code=result.code, now=_by_hub_clock(tx, now)
    )


def _hold_up_to(tx: Transaction, oseq: int, *, ids: Ids, now: datetime) -> None:
    if replica.lacks_bytes_after(tx, oseq=oseq):  # erased or compacted since: the rest goes on as another chain
        begin_incarnation(tx, incarnation=ids.new())
    else:
        replica.hold_up_to(tx, oseq=oseq, now=_by_hub_clock(tx, now))


def receive(tx: Transaction, answer: PullAnswer, *, project: Projection, ids: Ids, now: datetime) -> None:
    """Make everything in ``answer`` part of the replica, and remember how far the hub was heard.

    While the scope is being fetched whole, what the feed told meanwhile is heard again afterwards: nothing is taken.
    """
    if replica.link(tx).refetch_after is not None:
        return
    take_items(tx, answer.items, project=project, ids=ids, now=now)
    replica.heard(tx, hub_incarnation=answer.hub_incarnation, cursor=answer.cursor)


def receive_one(tx: Transaction, item: PullItem, *, project: Projection, now: datetime) -> None:
    """Make one document, asked for by name, part of the replica; the cursor stays where it is.

    Raises:
        one of ``UNUSABLE``: it cannot be taken, and nothing of it was.
    """
    check_snapshot(item.update, roots=None)
    changed = _merge(tx, item, now=now)
    if changed is not None:
        project(tx, changed)


def receive_instead(tx: Transaction, item: PullItem, *, project: Projection, ids: Ids, now: datetime) -> None:
    """Let the hub's document be this node's, also where this node holds more: what a restored hub took back.

    While something of the document waits here the two are merged; what was kept apart is made anew upon the hub's.
    What cannot be taken stays with people.
    """
    with _refused_if_unusable(tx, item, now=now):
        _replace(tx, item, project=project, ids=ids, now=now)


def _replace(tx: Transaction, item: PullItem, *, project: Projection, ids: Ids, now: datetime) -> None:
    check_snapshot(item.update, roots=None)
    stored = replica.document(tx, document_id=item.document_id)
    is_older = stored is not None and item.generation < stored.generation
    if not rebase.meet(tx, item, ids=ids, now=now):
        if is_older or replica.has_waiting(tx, document_id=item.document_id):
            receive_one(tx, item, project=project, now=now)
            return
        outbox.replace(tx, item.document_id, item.kind, snapshot=item.update, generation=item.generation)
        departures.stay(tx, document_id=item.document_id)
    view = outbox.view(tx, item.document_id)
    project(tx, DocumentChanged(document_id=item.document_id, kind=item.kind, view=view))


def receive_whole(tx: Transaction, item: PullItem, *, project: Projection, now: datetime) -> None:
    """Take a document asked for as a whole because something of it was refused; refused again, it stays with people."""
    quarantine.forget_refusals(tx, document_id=item.document_id)
    with _refused_if_unusable(tx, item, now=now):
        receive_one(tx, item, project=project, now=now)


def take_items(tx: Transaction, items: tuple[PullItem, ...], *, project: Projection, ids: Ids, now: datetime) -> None:
    """Make ``items`` part of the replica, and let the slices see each document that changed, once.

    Then let go of what left the scope and waited for the hub to have all of it.
    """
    last: dict[str, tuple[PullItem, DocumentChanged]] = {}
    for item in items:
        with _refused_if_unusable(tx, item, now=now):
            changed = _take(tx, item, ids=ids, now=now)
            if changed is not None:
                last[changed.document_id] = (item, changed)
    for item, changed in last.values():
        with _refused_if_unusable(tx, item, now=now):
            project(tx, changed)
    for document in departures.due(tx):
        departures.leave(tx, document_id=document.document_id)
        project(tx, DocumentChanged(document_id=document.document_id, kind=document.kind, view=None))


@contextmanager
def _refused_if_unusable(tx: Transaction, item: PullItem, *, now: datetime) -> Iterator[None]:
    """Undo what was begun with an item that cannot be taken, and keep it for people to look at."""
    tx.execute("savepoint item")
    try:
        yield
    except UNUSABLE as failure:
        tx.execute("rollback to item")
        quarantine.refuse_item(
            tx,
            seq=item.seq,
            what=item.what,
            document_id=item.document_id,
            operation_id=item.operation_id,
            body=item.update,
            why=type(failure).__name__,
            now=now,
        )
        quarantine.raise_alarm(tx, kind="refused", subject=item.document_id, now=now)
    tx.execute("release item")


def _take(tx: Transaction, item: PullItem, *, ids: Ids, now: datetime) -> DocumentChanged | None:
    """What changed by ``item``; ``None`` when it was known, or may not be dropped yet."""
    if item.update:
        check_snapshot(item.update, roots=None)
    match item.what:
        case "quarantined":
            is_changed = rebase.set_apart(tx, item, ids=ids, now=now)
        case "released":
            is_changed = rebase.release(tx, item, now=now)
        case "discarded":
            is_changed = rebase.discard(tx, operation_id=item.operation_id or "")
        case "snapshot" if rebase.meet(tx, item, ids=ids, now=now):
            is_changed = True
        case "operation" | "snapshot" | "drop" | "erase":
            return _merge(tx, item, now=now)
    if not is_changed:
        return None
    view = outbox.view(tx, item.document_id)
    return DocumentChanged(document_id=item.document_id, kind=item.kind, view=view)


def _merge(tx: Transaction, item: PullItem, *, now: datetime) -> DocumentChanged | None:
    stored = replica.document(tx, document_id=item.document_id)
    match item.what:
        case "drop":
            is_gone = departures.leave(tx, document_id=item.document_id)
            return DocumentChanged(document_id=item.document_id, kind=item.kind, view=None) if is_gone else None
        case "erase" if not item.update:
            erasure.forget(tx, item, now=now)
            return DocumentChanged(document_id=item.document_id, kind=item.kind, view=None, is_erased=True)
        case "erase" | "snapshot" if item.what == "erase" or _is_erased_since(stored, item):
            left = erasure.erase(tx, item, now=now)
            erased = DocumentChanged(document_id=item.document_id, kind=item.kind, view=left, is_erased=True)
            return None if left is None else erased
        case _:
            return _absorb(tx, item, stored, now=now)


def _is_erased_since(stored: StoredDocument | None, item: PullItem) -> bool:
    """Whether the hub's document is a tombstone that this node has not put in its place: it may never hear why."""
    return item.generation > (stored.generation if stored else 0)


def _absorb(tx: Transaction, item: PullItem, stored: StoredDocument | None, *, now: datetime) -> DocumentChanged | None:
    if stored is not None and item.generation < stored.generation:
        return None  # said before the erasure: it would bring everything back
    if item.operation_id is not None:
        if replica.has_operation(tx, operation_id=item.operation_id):
            return None
        _remember(tx, item, now=now)
    departures.stay(tx, document_id=item.document_id)
    if item.operation_id is not None and stored is not None and _came_whole(stored, item):
        return None
    view = outbox.absorb(tx, item.document_id, item.kind, updates=((item.client_id, item.update),))
    seen = max(outbox.clocks_in(view), default=None)
    if seen is not None:
        outbox.see_clock(tx, seen, now=now)
    return DocumentChanged(document_id=item.document_id, kind=item.kind, view=view)


def _came_whole(stored: StoredDocument, item: PullItem) -> bool:
    """Whether the document was told whole since the operation was made, with it in it: each is of its own client."""
    return not stored.waiting and item.client_id in documents.clients_in(stored.snapshot)


def _remember(tx: Transaction, item: PullItem, *, now: datetime) -> None:
    """That the operation was taken; one of this node's own lost life with its bytes, for the hub may lose them too."""
    replica.append_operation(
        tx,
        StoredOperation(
            operation_id=item.operation_id or "",
            document_id=item.document_id,
            kind=item.kind,
            client_id=item.client_id or 0,
            oseq=None,
            hash=None,
            body=item.update if item.is_own else None,
            made_at=item.made_at or now,
            state=OperationState.ACKNOWLEDGED if item.is_own else OperationState.REMOTE,
            generation=item.generation,
            settled_at=_by_hub_clock(tx, now) if item.is_own else None,
        ),
    )
