"""The documents a push touches, held while its operations are applied, and written once at its end."""

from datetime import datetime

import msgspec

from central_hub.node_gateway import queries
from central_hub.node_gateway.commands import judgement
from central_hub.node_gateway.commands.case_row import case_row
from central_hub.node_gateway.commands.judgement import Quarantined
from central_hub.node_gateway.model import Speaker
from central_hub.storage import replica
from central_hub.storage.replica import FeedRow, StoredDocument, office_scope
from central_hub.storage.transaction import Transaction
from sync.documents.document import DocumentView, merge, view
from sync.replication.messages import Operation


class _Held(msgspec.Struct, kw_only=True):
    """A document as it stands after the operations so far."""

    stored: StoredDocument
    view: DocumentView
    scopes: set[str]


class Working:
    """One push at work: ``apply`` each operation in turn, then ``save``."""

    def __init__(self, tx: Transaction, speaker: Speaker, *, seq: int, now: datetime) -> None:
        self._tx = tx
        self._speaker = speaker
        self._seq = seq
        self._now = now
        self._held: dict[str, _Held] = {}
        self._rows: list[FeedRow] = []

    def apply(self, operation: Operation) -> str | None:
        """Make the operation part of its document; the code of the quarantine when that may not or cannot be."""
        try:
            self._apply(operation)
        except Quarantined as reason:
            return reason.code
        return None

    def save(self) -> None:
        """Write every document touched, its row, its blobs, and what its readers are told."""
        for document_id, held in self._held.items():
            replica.save_document(self._tx, held.stored)
            queries.save_case(self._tx, document_id, case_row(held.view, now=self._now))
            queries.refer_to_blobs(self._tx, document_id=document_id, hashes=judgement.blob_hashes(held.view))
        replica.append_feed(self._tx, self._rows)

    def _apply(self, operation: Operation) -> None:
        judgement.check_kind(operation)
        held = self._held.get(operation.document_id) or self._load(operation.document_id)
        if held is not None:
            judgement.check_scope(held.scopes, self._speaker)
        stored, after = _merged(held, operation)
        if held is None:
            judgement.check_new_case(self._tx, after, document_id=operation.document_id, speaker=self._speaker)
            self._check_number_here(after)
        else:
            judgement.check_kept(held.view, after)
        case_row(after, now=self._now)  # events that cannot be folded are found here
        judgement.readers(after)
        scopes = held.scopes if held else set()
        self._held[operation.document_id] = _Held(stored=stored, view=after, scopes=scopes)
        self._tell(operation, scopes, after)

    def _load(self, document_id: str) -> _Held | None:
        stored = replica.document(self._tx, document_id=document_id)
        if stored is None:
            return None
        scopes = replica.scopes_of(self._tx, document_id=document_id)
        return _Held(stored=stored, view=view(stored.snapshot), scopes=scopes)

    def _check_number_here(self, after: DocumentView) -> None:
        number = after.fields.get("number")
        if any(held.view.fields.get("number") == number for held in self._held.values()):
            raise Quarantined("number-taken")

    def _tell(self, operation: Operation, scopes: set[str], after: DocumentView) -> None:
        """Feed the operation to who reads the document, and the document to who reads it from now on."""
        seq, self._seq = self._seq, self._seq + 2
        readers = judgement.readers(after)
        own = office_scope(self._speaker.office_id)
        for scope in sorted(readers - scopes):
            reason = "home" if scope == own else "pickup"
            replica.add_grant(self._tx, document_id=operation.document_id, scope=scope, reason=reason, now=self._now)
            if scope != own:
                document = FeedRow(scope=scope, seq=seq + 1, what="snapshot", document_id=operation.document_id)
                self._rows.append(document)
        for scope in sorted(scopes | (readers & {own})):
            self._rows.append(
                FeedRow(
                    scope=scope,
                    seq=seq,
                    what="operation",
                    document_id=operation.document_id,
                    operation_id=operation.operation_id,
                    origin=self._speaker.origin,
                )
            )
        scopes |= readers


def _merged(held: _Held | None, operation: Operation) -> tuple[StoredDocument, DocumentView]:
    clients = {operation.client_id, *(held.stored.waiting if held else ())}
    try:
        merged = merge(held.stored.snapshot if held else None, [operation.update], clients=clients)
        after = view(merged.snapshot)
    except ValueError as error:  # of pycrdt, json and msgspec alike: no update, or no document of ours
        raise Quarantined("update-malformed") from error
    stored = StoredDocument(
        document_id=operation.document_id,
        kind=operation.kind,
        snapshot=merged.snapshot,
        waiting=tuple(sorted(merged.waiting)),
    )
    return stored, after
