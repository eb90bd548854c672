"""The documents a push touches, held while its operations are applied, and written once at its end."""

from collections.abc import Iterable
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
from sync.documents.document import DocumentView, Scalar, merge, view
from sync.replication.messages import Operation


class _Held(msgspec.Struct, kw_only=True):
    """A document as it stands after the operations so far."""

    stored: StoredDocument
    view: DocumentView
    row: dict[str, object]
    scopes: set[str]


class Working:
    """One push at work: ``load`` its documents, ``apply`` each operation in turn, then ``save``.

    What can be asked or written for all documents at once is: a statement costs as much as the merge of a document.
    """

    def __init__(self, tx: Transaction, speaker: Speaker, *, seq: int, now: datetime) -> None:
        self._tx = tx
        self._speaker = speaker
        self._seq = seq
        self._now = now
        self._stored: dict[str, StoredDocument] = {}
        self._scopes: dict[str, set[str]] = {}
        self._held: dict[str, _Held] = {}
        self._numbers: set[Scalar] = set()
        self._rows: list[FeedRow] = []
        self._grants: list[dict[str, object]] = []
        self._leases = queries.leases_of(tx, node_id=speaker.node_id)

    def load(self, document_ids: Iterable[str]) -> None:
        """Read the documents that the push will touch, as far as the hub holds them."""
        wanted = set(document_ids)
        self._stored = {each.document_id: each for each in replica.documents_of(self._tx, document_ids=wanted)}
        self._scopes = replica.scopes_by_document(self._tx, document_ids=wanted)

    def apply(self, operation: Operation) -> str | None:
        """Make the operation part of its document; the code of the quarantine when that may not or cannot be."""
        try:
            self._apply(operation)
        except Quarantined as reason:
            return reason.code
        return None

    def save(self) -> None:
        """Write every document touched, its row, its blobs, and what its readers are told."""
        new_ids = self._held.keys() - self._stored.keys()
        replica.save_documents(self._tx, [held.stored for held in self._held.values()], new_ids=new_ids)
        queries.save_cases(self._tx, {key: held.row for key, held in self._held.items()}, new_ids=new_ids)
        replica.add_grants(self._tx, self._grants)
        for document_id, held in self._held.items():
            if hashes := judgement.blob_hashes(held.view):
                queries.refer_to_blobs(self._tx, document_id=document_id, hashes=hashes)
        replica.append_feed(self._tx, self._rows)

    def _apply(self, operation: Operation) -> None:
        judgement.check_kind(operation)
        held = self._held.get(operation.document_id) or self._load(operation.document_id)
        if held is not None:
            judgement.check_scope(held.scopes, self._speaker)
        stored, after = _merged(held, operation)
        if held is None:
            judgement.check_new_case(
                self._tx, after, document_id=operation.document_id, speaker=self._speaker, leases=self._leases
            )
            self._check_number_here(after)
        else:
            judgement.check_kept(held.view, after)
        row = case_row(after, now=self._now)  # events that cannot be folded are found here
        readers = judgement.readers(after)
        scopes = held.scopes if held else set()
        self._held[operation.document_id] = _Held(stored=stored, view=after, row=row, scopes=scopes)
        self._numbers.add(after.fields.get("number"))
        self._tell(operation, scopes, readers)

    def _load(self, document_id: str) -> _Held | None:
        stored = self._stored.get(document_id)
        if stored is None:
            return None
        scopes = self._scopes.get(document_id, set())
        return _Held(stored=stored, view=view(stored.snapshot), row={}, scopes=scopes)

    def _check_number_here(self, after: DocumentView) -> None:
        if after.fields.get("number") in self._numbers:
            raise Quarantined("number-taken")

    def _tell(self, operation: Operation, scopes: set[str], readers: set[str]) -> None:
        """Feed the operation to who reads the document, and the document to who reads it from now on."""
        seq, self._seq = self._seq, self._seq + 2
        own = office_scope(self._speaker.office_id)
        for scope in sorted(readers - scopes):
            reason = "home" if scope == own else "pickup"
            grant = {"document_id": operation.document_id, "scope": scope, "reason": reason, "granted_at": self._now}
            self._grants.append(grant)
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
    except ValueError as error:  # of pycrdt, json and msgspec alike: no update, or no document of ours
        raise Quarantined("update-malformed") from error
    stored = StoredDocument(
        document_id=operation.document_id,
        kind=operation.kind,
        snapshot=merged.snapshot,
        waiting=tuple(sorted(merged.waiting)),
        generation=held.stored.generation if held else 0,
        digest=merged.digest,
    )
    return stored, merged.view
