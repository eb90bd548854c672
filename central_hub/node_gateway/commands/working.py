"""The documents that a batch touches, held while its operations are merged, and written once at its end."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from central_hub.node_gateway import queries
from central_hub.node_gateway.commands.applying import applied
from central_hub.node_gateway.commands.blocks import DEPENDS, ERASED, Blocks
from central_hub.node_gateway.commands.case_row import blob_hashes
from central_hub.node_gateway.commands.judgement import NOTHING, KindRules, Quarantined, Sender, Step, sender_of
from central_hub.node_gateway.commands.kinds import WRITABLE
from central_hub.node_gateway.commands.remaking import is_told, made_upon
from central_hub.node_gateway.commands.scoping import Readers
from central_hub.storage import ingest, replica
from central_hub.storage.fixity import ROTTEN
from central_hub.storage.ingest import Block, ReceivedOperation, Settled
from central_hub.storage.replica import FeedRow, StoredDocument, node_scope
from central_hub.storage.transaction import Transaction
from sync.documents.document import DocumentView, clients_in, view

SEQ_PER_OPERATION = 2  # its own number, and one for a document newly granted by it
COUNTED = "counted-already"  # it was made anew, while what it was made anew of was judged again, and counts
OUT_OF_SCOPE = "out-of-scope"
_WELL_FORMED = frozenset({None, DEPENDS, OUT_OF_SCOPE})  # the bytes are an operation of ours
# what may stand in a copy that was found; of anything else the bytes are not opened again
_MAY_STAND_THERE = frozenset({DEPENDS, OUT_OF_SCOPE, COUNTED, "number-missing"})


class _Held(msgspec.Struct, kw_only=True):
    """A document as it stands after the operations so far."""

    stored: StoredDocument
    view: DocumentView
    row: dict[str, object]


class Working:
    """One batch at work: ``load`` its documents, ``take`` each operation in turn, then ``save``.

    ``seq`` is the next number of the feed that it has not used, ``numbers`` are the official ones that its documents
    bear; ``taken`` are those known to be another's, by number. What can be asked or written for all documents at once
    is: a statement costs as much as the merge of a document.
    """

    def __init__(self, tx: Transaction, *, seq: int, taken: Mapping[str, str], now: datetime) -> None:
        self._tx = tx
        self.seq = seq
        self.numbers: dict[str, str] = {}
        self._bearers = dict(taken)
        self._now = now
        self._stored: dict[str, StoredDocument] = {}
        self._readers = Readers(tx, document_ids=(), now=now)
        self._blocks = Blocks(())
        self._apart: dict[str, set[int]] = {}  # the clients of what this batch set apart, by document
        self._senders: dict[str, Sender] = {}
        self._held: dict[str, _Held] = {}
        self._rows: list[FeedRow] = []

    def load(self, operations: Iterable[ReceivedOperation]) -> None:
        """Read what the hub holds of their documents, and who sent them."""
        wanted = {each.document_id for each in operations}
        self._stored = {each.document_id: each for each in replica.documents_of(self._tx, document_ids=wanted)}
        self._readers = Readers(self._tx, document_ids=self._stored, now=self._now)
        self._blocks = Blocks(ingest.blocks_of(self._tx, document_ids=wanted))

    def take(self, operation: ReceivedOperation) -> Settled:
        """Make the operation part of its document, or set it apart; its state afterwards."""
        seq, self.seq = self.seq, self.seq + SEQ_PER_OPERATION
        try:
            return self._merge(operation, seq=seq)
        except Quarantined as reason:
            if reason.code in _MAY_STAND_THERE and self._is_contained(operation):
                return self._settle_contained(operation, seq=seq)
            if self._is_awaited_after(operation, code=reason.code):
                self._blocks.quarantined(operation, code=reason.code)
            self._apart.setdefault(operation.document_id, set()).add(operation.client_id)
            self._tell_node(operation, "quarantined", seq=seq, code=reason.code)
            state = ingest.SUPERSEDED if reason.code == COUNTED else ingest.QUARANTINED
            return Settled(operation_id=operation.operation_id, state=state, quarantine_code=reason.code)

    def save(self) -> None:
        """Write every document touched, its row, its blobs, and what its readers are told."""
        new_ids = self._held.keys() - self._stored.keys()
        replica.save_documents(self._tx, [held.stored for held in self._held.values()], new_ids=new_ids)
        for kind, rules in WRITABLE.items():
            rows = {key: held.row for key, held in self._held.items() if held.stored.kind == kind}
            rules.save(self._tx, rows, new_ids=new_ids)
        self._readers.save()
        for document_id, held in self._held.items():
            if held.view.attachments and (hashes := blob_hashes(held.view)):
                queries.refer_to_blobs(self._tx, document_id=document_id, hashes=hashes)
        ingest.save_blocks(self._tx, self._blocks.changed)
        ingest.supersede(self._tx, self._blocks.made_anew, code=DEPENDS)
        self._judge_again()
        replica.append_feed(self._tx, self._rows)

    def _merge(self, operation: ReceivedOperation, *, seq: int) -> Settled:
        is_released = operation.state == ingest.RELEASED
        held = self._held.get(operation.document_id) or self._load(operation.document_id)
        if held is not None and self._counts_already(operation, held):
            raise Quarantined(COUNTED)
        if operation.quarantine_code is not None and operation.state == ingest.RECEIVED:
            raise Quarantined(operation.quarantine_code)
        rules = self._admit(operation, held)
        merged = applied(held.stored if held else None, operation)
        if not merged.waiting <= set(held.stored.waiting if held else ()):
            if self._misses_what_does_not_count(operation):
                raise Quarantined(DEPENDS)
            code = None if is_released else operation.quarantine_code
            return Settled(operation_id=operation.operation_id, state=ingest.WAITING, quarantine_code=code)
        step = Step(
            document_id=operation.document_id,
            sender=self._sender(operation),
            made_at=operation.made_at,
            is_new=held is None,
            before=held.view if held else NOTHING,
            after=merged.view,
            bearers=self._bearers,
        )
        if not is_released:
            rules.judge(self._tx, step)
        row = rules.row(self._tx, step, now=self._now)
        readers = rules.readers(merged.view)
        if isinstance(number := row.get("number"), str):
            self.numbers[number] = self._bearers[number] = operation.document_id
        stored = StoredDocument(
            document_id=operation.document_id,
            kind=operation.kind,
            snapshot=merged.snapshot,
            waiting=tuple(sorted(merged.waiting)),
            generation=operation.generation,
            digest=ROTTEN if held is not None and held.stored.digest == ROTTEN else merged.digest,
        )
        self._held[operation.document_id] = _Held(stored=stored, view=merged.view, row=row)
        self._blocks.merged(operation)
        is_closed = row.get("closed_at") is not None or row.get("archived_at") is not None
        self._rows += self._readers.change(operation, readers, is_closed=is_closed, seq=seq)
        for ended in self._blocks.end(operation.document_id, readers=self._readers.of(operation.document_id)):
            if held is None:  # the document was kept apart there, as one that is nowhere else
                self._rows.append(_told_apart(ended, seq=seq + 1))
        if operation.quarantine_code is not None:
            self._tell_node(operation, "released", seq=seq + 1)
        return Settled(operation_id=operation.operation_id, state=ingest.MERGED)

    def _is_contained(self, operation: ReceivedOperation) -> bool:
        """Whether the document says all of it already, for it came in a copy that a person let count."""
        held = self._held.get(operation.document_id) or self._load(operation.document_id)
        if held is None or operation.body is None or operation.generation != held.stored.generation:
            return False
        if operation.client_id not in clients_in(held.stored.snapshot):
            return False
        try:
            return applied(held.stored, operation).digest == held.stored.digest
        except Quarantined:
            return False

    def _settle_contained(self, operation: ReceivedOperation, *, seq: int) -> Settled:
        self._blocks.merged(operation)
        if operation.quarantine_code is not None and operation.state != ingest.RECEIVED:
            self._tell_node(operation, "released", seq=seq)
        return Settled(operation_id=operation.operation_id, state=ingest.MERGED)

    def _admit(self, operation: ReceivedOperation, held: _Held | None) -> KindRules:
        """The rules of its kind; raises Quarantined for what may not be applied to this document at all."""
        is_released = operation.state == ingest.RELEASED
        is_admitted = is_released or operation.quarantine_code == DEPENDS  # it had the right when it came
        rules = WRITABLE.get(operation.kind)
        if rules is None or (held is not None and held.stored.kind != operation.kind):
            raise Quarantined("kind-not-writable")
        generation = held.stored.generation if held else 0
        if operation.generation < generation or operation.body is None:
            raise Quarantined(ERASED)
        if operation.generation > generation:
            raise Quarantined("generation-unknown")
        if not is_released and self._blocks.is_blocked(operation):
            raise Quarantined(DEPENDS)
        if held is not None and not is_admitted and not self._readers.may_change(operation):
            raise Quarantined(OUT_OF_SCOPE)
        return rules

    def _is_awaited_after(self, operation: ReceivedOperation, *, code: str) -> bool:
        """Whether its node is to make anew what followed: not of what it does not read, nor if it did that already."""
        if code == COUNTED and operation.state == ingest.WAITING:
            return False
        return self._readers.reads(operation) or not self._is_here(operation.document_id)

    def _is_here(self, document_id: str) -> bool:
        return document_id in self._held or document_id in self._stored

    def _counts_already(self, operation: ReceivedOperation, held: _Held) -> bool:
        """Whether the same was made anew by its node and is judged here, the one not knowing of the other."""
        may_be = operation.rebase_of is not None or operation.state in {ingest.AGAIN, ingest.WAITING}
        if not may_be or operation.quarantine_code not in _WELL_FORMED or self._blocks.is_awaited(operation):
            return False
        return is_told(operation, held.view)

    def _misses_what_does_not_count(self, operation: ReceivedOperation) -> bool:
        document_id, clients = operation.document_id, made_upon(operation)
        if clients & self._apart.get(document_id, set()):
            return True
        return bool(clients) and bool(ingest.uncounted(self._tx, document_id=document_id, clients=clients))

    def _judge_again(self) -> None:
        """What followed an operation whose node lost the document, and can make nothing anew, is judged for itself."""
        for node_id, document_id in self._blocks.ended:
            dependents = ingest.dependents(self._tx, node_id=node_id, document_id=document_id, code=DEPENDS)
            ingest.judge_again(self._tx, dependents, arrival=replica.reserve(self._tx, count=len(dependents)))

    def _load(self, document_id: str) -> _Held | None:
        stored = self._stored.get(document_id)
        if stored is None:
            return None
        return _Held(stored=stored, view=view(stored.snapshot), row={})

    def _sender(self, operation: ReceivedOperation) -> Sender:
        node_id = operation.node_id
        if node_id not in self._senders:
            self._senders[node_id] = sender_of(self._tx, node_id=node_id, office_id=operation.office_id, now=self._now)
        return self._senders[node_id]

    def _tell_node(self, operation: ReceivedOperation, what: str, *, seq: int, code: str | None = None) -> None:
        self._rows.append(
            FeedRow(
                scope=node_scope(operation.node_id),
                seq=seq,
                what=what,
                document_id=operation.document_id,
                operation_id=operation.operation_id,
                code=code,
            )
        )


def _told_apart(block: Block, *, seq: int) -> FeedRow:
    return FeedRow(
        scope=node_scope(block.node_id),
        seq=seq,
        what="quarantined",
        document_id=block.document_id,
        operation_id=block.operation_id,
    )
