"""What the hub says, made part of the replica: items and cursor in one transaction; and the engine's effects."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from sync.documents.document import DocumentView
from sync.replication import erasure, leases, outbox
from sync.replication.engine import (
    CursorReset,
    Effect,
    HeldUpTo,
    Leased,
    NodeState,
    OutgoingOperation,
    Settled,
    UpgradeNeeded,
)
from sync.replication.messages import OPERATIONS_MAX, DocumentKind, PullAnswer, PullItem
from sync.storage import replica
from sync.storage.replica import OperationState, StoredOperation
from sync.storage.transaction import Reader, Transaction
from sync.vocabulary.clock import Hlc, check_hlc
from sync.vocabulary.errors import InvalidInput


class DocumentChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A document came from the hub or changed there; ``view`` is ``None`` when it left this node's scope.

    ``is_erased``: only a tombstone is left, and what the slices keep of it must go too.
    """

    document_id: str
    kind: DocumentKind
    view: DocumentView | None
    is_erased: bool = False


Projection = Callable[[Transaction, DocumentChanged], None]


def node_state(reader: Reader) -> NodeState:
    """What the engine decides from."""
    waiting = replica.waiting_operations(reader, limit=OPERATIONS_MAX)
    return NodeState(
        stream=replica.stream(reader),
        link=replica.link(reader),
        outbox=tuple(
            OutgoingOperation(operation=outbox.as_operation(stored), head_hash=stored.hash or b"") for stored in waiting
        ),
        numbers_left=leases.numbers_left(reader),
    )


def carry_out(tx: Transaction, effects: list[Effect]) -> None:
    """Make the engine's effects durable."""
    for effect in effects:
        match effect:
            case Leased():
                for lease in effect.leases:
                    leases.accept(tx, lease)
            case Settled():
                for result in effect.results:
                    state = OperationState.QUARANTINED if result.code else OperationState.ACKNOWLEDGED
                    replica.settle_operation(tx, operation_id=result.operation_id, state=state, code=result.code)
            case HeldUpTo():
                replica.hold_up_to(tx, oseq=effect.oseq)
            case CursorReset():
                replica.heard(tx, hub_incarnation=effect.hub_incarnation, cursor=0)
            case UpgradeNeeded():
                pass  # shown by the client's health; nothing durable changes


def receive(tx: Transaction, answer: PullAnswer, *, project: Projection, now: datetime) -> None:
    """Make everything in ``answer`` part of the replica, and remember how far the hub was heard."""
    touched = [_take(tx, item, now=now) for item in answer.items]
    last = {changed.document_id: changed for changed in touched if changed is not None}
    for changed in last.values():
        project(tx, changed)
    replica.heard(tx, hub_incarnation=answer.hub_incarnation, cursor=answer.cursor)


def receive_one(tx: Transaction, item: PullItem, *, project: Projection, now: datetime) -> None:
    """Make one document, asked for by name, part of the replica; the cursor stays where it is."""
    changed = _take(tx, item, now=now)
    if changed is not None:
        project(tx, changed)


def _take(tx: Transaction, item: PullItem, *, now: datetime) -> DocumentChanged | None:
    """What changed by ``item``; ``None`` when it was known, or may not be dropped yet."""
    if item.what == "drop":
        if replica.has_waiting(tx, document_id=item.document_id):
            return None
        replica.forget_document(tx, document_id=item.document_id)
        return DocumentChanged(document_id=item.document_id, kind=item.kind, view=None)
    if item.what == "erase":
        left = erasure.erase(tx, item, now=now)
        if left is None:
            return None
        return DocumentChanged(document_id=item.document_id, kind=item.kind, view=left, is_erased=True)
    stored = replica.document(tx, document_id=item.document_id)
    if stored is not None and item.generation < stored.generation:
        return None  # said before the erasure: it would bring everything back
    if item.operation_id is not None:
        if replica.has_operation(tx, operation_id=item.operation_id):
            return None
        _remember(tx, item, now=now)
    view = outbox.absorb(tx, item.document_id, item.kind, updates=((item.client_id, item.update),))
    _see_clocks(tx, view, now=now)
    return DocumentChanged(document_id=item.document_id, kind=item.kind, view=view)


def _remember(tx: Transaction, item: PullItem, *, now: datetime) -> None:
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
            state=OperationState.REMOTE,
        ),
    )


def _see_clocks(tx: Transaction, view: DocumentView, *, now: datetime) -> None:
    seen: list[Hlc] = []
    for entry in view.events.values():
        try:
            seen.append(check_hlc(str(entry.get("clock"))))
        except InvalidInput:  # an event of a form this version does not know orders nothing here
            continue
    if seen:
        outbox.see_clock(tx, max(seen), now=now)
