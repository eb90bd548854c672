"""An operation of this node does not count at the hub: what was made after it is made anew upon the hub's document.

That happens exactly once, however often, in whatever incarnation and after whichever crash the hub says so: a notice is
taken in one transaction with the cursor; its traces (``rebase_of``, the block) say that it was taken; and a change
whose events the hub's document holds already was made anew in a life this node lost.
"""

from datetime import datetime

from sync.ambient import Ids
from sync.documents import document as documents
from sync.documents.document import DocumentView
from sync.replication import departures, outbox
from sync.replication.messages import PullItem
from sync.replication.outbox import Change
from sync.storage import quarantine, replica
from sync.storage.quarantine import DEPENDS
from sync.storage.replica import OperationState, StoredOperation
from sync.storage.transaction import Transaction
from sync.vocabulary.errors import NotFound, Refusal

ERASED = "erased"  # the hub's code for what was made before the erasure of its document,
COUNTED = "counted-already"  # and for what was made anew while the hub let the first making count
_OF_ANOTHER = frozenset({DEPENDS, ERASED, COUNTED})  # it is no fault of the operation's own


def state_under(code: str | None) -> OperationState:
    """Where an operation stands by the hub's word; of what is erased or counts there is nothing left to decide."""
    match code:
        case None:
            return OperationState.ACKNOWLEDGED
        case "erased":
            return OperationState.DISCARDED
        case "counted-already":
            return OperationState.SUPERSEDED
    return OperationState.QUARANTINED


class CannotBeMadeAnew(Refusal):
    """What this operation was made of is not known here: it was made by an earlier version, or before a restore."""


class DocumentNotHere(Refusal):
    """The office does not read the document any more: what is made of it here would count as little as before."""


def set_apart(tx: Transaction, item: PullItem, *, ids: Ids, now: datetime) -> bool:
    """Hear that an operation of this node does not count; whether the document changed.

    ``item.update`` is the document as the hub holds it. Where the hub awaits it, what followed is made anew upon that;
    and where it holds none, the operation made the document: it is kept here as it is, and nothing is made anew until a
    person decides. Else what followed counts or not as it was sent, and a document that is not told is not read here.
    """
    operation_id, code = item.operation_id or "", item.code or ""
    known = replica.operation(tx, operation_id=operation_id)
    if known is None and code in _OF_ANOTHER and not _is_rebase(item):
        return False  # made in a life this node lost, and made anew there or erased
    if known is not None and known.state in {OperationState.SUPERSEDED, OperationState.DISCARDED}:
        return False
    is_told_again = known is not None and known.state == OperationState.QUARANTINED
    if is_told_again and quarantine.is_rebased(tx, operation_id=operation_id):
        return False
    if known is None:
        _remember(tx, item, now=now)
    quarantine.set_state(tx, operation_id=operation_id, state=state_under(code), code=code)
    if _is_rebase(item):
        _rebase(tx, item, operation_id=operation_id, ids=ids, now=now)
        return True
    return code not in _OF_ANOTHER and _go_on_without(tx, item)


def _go_on_without(tx: Transaction, item: PullItem) -> bool:
    """Nothing is made anew for now; whether the document changed."""
    if item.is_awaited:
        _keep_apart(tx, item)
        return False
    quarantine.unblock_apart(tx, document_id=item.document_id)
    return _stand_upon(tx, item) if item.update else departures.leave(tx, document_id=item.document_id)


def _is_rebase(item: PullItem) -> bool:
    return item.is_awaited and bool(item.update) and item.code != ERASED


def meet(tx: Transaction, item: PullItem, *, ids: Ids, now: datetime) -> bool:
    """Hear that the hub holds a document which was kept apart here because it held none; whether it was kept apart.

    A restored hub, for one, refuses what a guest changed until the document's own office has told it again.
    """
    block = quarantine.block_of(tx, document_id=item.document_id)
    if block is None or block.code != "apart":
        return False
    _rebase(tx, item, operation_id=block.operation_id, ids=ids, now=now)
    return True


def _remember(tx: Transaction, item: PullItem, *, now: datetime) -> None:
    """An operation of a life this node lost: only that it was, so that a person sees it."""
    replica.append_operation(
        tx,
        StoredOperation(
            operation_id=item.operation_id or "",
            document_id=item.document_id,
            kind=item.kind,
            client_id=item.client_id or 0,
            oseq=None,
            hash=None,
            body=None,
            made_at=item.made_at or now,
            state=OperationState.QUARANTINED,
        ),
    )


def _keep_apart(tx: Transaction, item: PullItem) -> None:
    if replica.document(tx, document_id=item.document_id) is not None:
        quarantine.block(tx, document_id=item.document_id, operation_id=item.operation_id or "", code="apart")


def _stand_upon(tx: Transaction, item: PullItem) -> bool:
    """Let the document be the hub's, with what followed as it was sent: the hub judges that for itself."""
    later = quarantine.standing_operations(tx, document_id=item.document_id)
    counted = documents.merge(item.update, [], clients=(each.client_id for each in later))
    said = outbox.replace(tx, item.document_id, item.kind, snapshot=item.update, generation=item.generation)
    departures.stay(tx, document_id=item.document_id)
    kept: list[tuple[int | None, bytes]] = []
    for stored in later:
        if stored.client_id not in counted.waiting or stored.state == OperationState.QUARANTINED:
            continue
        change = outbox.change_of(stored)
        if change is not None and _is_told(change, said):  # made anew in a life this node lost
            quarantine.set_state(tx, operation_id=stored.operation_id, state=OperationState.SUPERSEDED)
        else:
            kept.append((stored.client_id, stored.body or b""))
    outbox.absorb(tx, item.document_id, item.kind, updates=tuple(kept))
    return True


def _rebase(tx: Transaction, item: PullItem, *, operation_id: str, ids: Ids, now: datetime) -> None:
    later = quarantine.standing_operations(tx, document_id=item.document_id)
    counted = documents.merge(item.update, [], clients=(each.client_id for each in later))
    said = outbox.replace(tx, item.document_id, item.kind, snapshot=item.update, generation=item.generation)
    departures.stay(tx, document_id=item.document_id)
    standing = quarantine.block_of(tx, document_id=item.document_id)
    # the hub waits for the first that it set apart, and so does what is made here
    lifted = standing.operation_id if standing is not None and standing.code == "rebase" else operation_id
    quarantine.block(tx, document_id=item.document_id, operation_id=lifted, code="rebase")
    for stored in later:
        if stored.client_id in counted.waiting:
            said = _make_anew(tx, stored, said, rebase_of=lifted, ids=ids, now=now)


def _make_anew(
    tx: Transaction, stored: StoredOperation, said: DocumentView, *, rebase_of: str, ids: Ids, now: datetime
) -> DocumentView:
    """The change of ``stored`` upon what the document says; what it says then."""
    change = outbox.change_of(stored)
    if change is None:  # never dropped in silence: a person sees it, and what it changed can be entered again
        quarantine.set_state(tx, operation_id=stored.operation_id, state=OperationState.QUARANTINED, code=DEPENDS)
        return said
    quarantine.set_state(tx, operation_id=stored.operation_id, state=OperationState.SUPERSEDED)
    if _is_told(change, said):
        return said
    return outbox.record_again(tx, change, operation_id=ids.new(), now=now, rebase_of=rebase_of)


def _is_told(change: Change, said: DocumentView) -> bool:
    """Whether the document holds the change's own events and attachments, which keep their ids: it was made before."""
    own = {event.id for event in change.events}
    is_empty = not own and not change.attachments
    return not is_empty and own <= said.events.keys() and change.attachments.keys() <= said.attachments.keys()


def release(tx: Transaction, item: PullItem, *, now: datetime) -> bool:
    """Hear that an operation of this node counts after all; whether the document changed."""
    stored = replica.operation(tx, operation_id=item.operation_id or "")
    if stored is None:
        _remember(tx, item, now=now)
    state = OperationState.ACKNOWLEDGED if stored is not None else OperationState.REMOTE
    quarantine.set_state(tx, operation_id=item.operation_id or "", state=state)
    _unblock(tx, item.document_id, operation_id=item.operation_id or "")
    update = item.update or (stored.body if stored is not None else None)
    if not update or replica.document(tx, document_id=item.document_id) is None:
        return False  # of a document that is not read here there is nothing to keep up to date
    client_id = stored.client_id if stored is not None else item.client_id
    outbox.absorb(tx, item.document_id, item.kind, updates=((client_id, update),))
    return True


def discard(tx: Transaction, *, operation_id: str) -> bool:
    """The operation never counts; whether the document changed.

    A document that it made, and that the hub therefore never held, goes with it and with what followed; the operations
    keep their bytes.

    Raises:
        NotFound: there is no such quarantined operation.
    """
    stored = _quarantined(tx, operation_id)
    quarantine.set_state(tx, operation_id=operation_id, state=OperationState.DISCARDED)
    block = quarantine.block_of(tx, document_id=stored.document_id)
    if block is None or block.code != "apart" or block.operation_id != operation_id:
        return False
    for each in quarantine.standing_operations(tx, document_id=stored.document_id):
        quarantine.set_state(tx, operation_id=each.operation_id, state=OperationState.DISCARDED)
    quarantine.unblock(tx, document_id=stored.document_id)
    replica.forget_document(tx, document_id=stored.document_id)
    return True


def make_anew(tx: Transaction, *, operation_id: str, ids: Ids, now: datetime) -> None:
    """Tell the hub the same change again as another operation, now that its cause is mended.

    Where the operation made the document, everything that followed is made anew with it.

    Raises:
        NotFound: there is no such quarantined operation.
        CannotBeMadeAnew: what it was made of is not kept here.
        DocumentNotHere: the document left this office.
    """
    stored = _quarantined(tx, operation_id)
    change = outbox.change_of(stored)
    if change is None:
        raise CannotBeMadeAnew(operation_id=operation_id)
    if replica.document(tx, document_id=stored.document_id) is None:
        raise DocumentNotHere
    block = quarantine.block_of(tx, document_id=stored.document_id)
    quarantine.set_state(tx, operation_id=operation_id, state=OperationState.SUPERSEDED)
    if block is None or block.code != "apart":
        outbox.record(tx, change, operation_id=ids.new(), now=now)
        return
    followed = quarantine.standing_operations(tx, document_id=stored.document_id)
    replica.forget_document(tx, document_id=stored.document_id)
    said = outbox.record_again(tx, change, operation_id=ids.new(), now=now, rebase_of=block.operation_id)
    for each in followed:
        said = _make_anew(tx, each, said, rebase_of=block.operation_id, ids=ids, now=now)


def _quarantined(tx: Transaction, operation_id: str) -> StoredOperation:
    stored = replica.operation(tx, operation_id=operation_id)
    if stored is None or stored.state != OperationState.QUARANTINED:
        raise NotFound(what="operation")
    return stored


def _unblock(tx: Transaction, document_id: str, *, operation_id: str) -> None:
    block = quarantine.block_of(tx, document_id=document_id)
    if block is not None and block.operation_id == operation_id:
        quarantine.unblock(tx, document_id=document_id)
