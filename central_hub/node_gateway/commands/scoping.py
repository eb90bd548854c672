"""Which offices read a document, by what it says: who begins to, who ceases to, and what each is told of it."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime

from central_hub.storage import scopes
from central_hub.storage.ingest import ReceivedOperation
from central_hub.storage.replica import FeedRow, office_scope
from central_hub.storage.scopes import Ended
from central_hub.storage.transaction import Transaction

CHECKOUT = "checkout"


def ceasing(reasons: Mapping[str, str], readers: AbstractSet[str], *, is_closed: bool) -> set[str]:
    """The scopes that read a document no more, of those that do for ``reasons``.

    A case is read where it lives, was filed, and will be handed over; the last may change until the result is sent
    there, and the office that was to hand it over has then nothing to do with it. Where a citizen stood and asked, the
    case stays until it is closed or archived; checked out after that, until its next change.
    """
    return {scope for scope, reason in reasons.items() if scope not in readers and (reason != CHECKOUT or is_closed)}


class Readers:
    """The readers of a batch's documents, as they stood and as they become; ``save`` writes the difference."""

    def __init__(self, tx: Transaction, *, document_ids: Iterable[str], now: datetime) -> None:
        self._tx = tx
        self._now = now
        self._stood = scopes.reasons(tx, document_ids=document_ids)
        self._reasons = {document_id: dict(reasons) for document_id, reasons in self._stood.items()}
        self._ended: dict[tuple[str, str], Ended] = {}

    def reads(self, operation: ReceivedOperation) -> bool:
        """Whether its office reads the document."""
        return office_scope(operation.office_id) in self.of(operation.document_id)

    def of(self, document_id: str) -> AbstractSet[str]:
        """The scopes that read the document."""
        return self._reasons.get(document_id, {}).keys()

    def may_change(self, operation: ReceivedOperation) -> bool:
        """Whether its office reads the document, or did as far as the node knew when it made the operation."""
        return self.reads(operation) or scopes.was_not_heard(
            self._tx,
            document_id=operation.document_id,
            scope=office_scope(operation.office_id),
            node_id=operation.node_id,
            incarnation=operation.incarnation,
            oseq=operation.oseq,
        )

    def change(
        self, operation: ReceivedOperation, readers: AbstractSet[str], *, is_closed: bool, seq: int
    ) -> list[FeedRow]:
        """Let ``readers`` read the merged operation's document; what all are told, under ``seq`` and the next number.

        Who reads it already is told the operation, who begins to is told the document whole, who ceases to is told so.
        An office that begins a document has it; one that reads it again may have let go of it.
        """
        document_id, own = operation.document_id, office_scope(operation.office_id)
        reasons = self._reasons.setdefault(document_id, {})
        has_whole = set() if reasons else {own}
        fresh = readers - reasons.keys()
        gone = ceasing(reasons, readers, is_closed=is_closed)
        late = {own} - reasons.keys() - readers  # it still holds what it was told to let go of while this was unsent
        for scope in gone:
            del reasons[scope]
            self._ended[document_id, scope] = Ended(document_id=document_id, scope=scope, seq=seq + 1)
        for scope in fresh:
            reasons[scope] = "home" if scope == own else "pickup"
        hearing = (reasons.keys() - fresh) | (fresh & {own})
        told = [_told(operation, scope, "operation", seq=seq) for scope in sorted(hearing)]
        told += [_told(operation, scope, "snapshot", seq=seq + 1) for scope in sorted(fresh - has_whole)]
        return told + [_told(operation, scope, "drop", seq=seq + 1) for scope in sorted(gone | late)]

    def save(self) -> None:
        """Write who reads what from now on."""
        granted = {
            (document_id, scope): reason
            for document_id, reasons in self._reasons.items()
            for scope, reason in reasons.items()
            if scope not in self._stood.get(document_id, {})
        }
        ended = [
            each
            for (document_id, scope), each in self._ended.items()
            if scope in self._stood.get(document_id, {}) and scope not in self._reasons[document_id]
        ]
        scopes.grant(self._tx, granted, now=self._now)
        scopes.forget_ended(self._tx, [key for key in granted if key[0] in self._stood])
        scopes.end(self._tx, ended, now=self._now)


def _told(operation: ReceivedOperation, scope: str, what: str, *, seq: int) -> FeedRow:
    is_operation = what == "operation"
    return FeedRow(
        scope=scope,
        seq=seq,
        what=what,
        document_id=operation.document_id,
        operation_id=operation.operation_id if is_operation else None,
        origin=operation.origin if is_operation else None,
    )
