"""What an operation of a node may do to a document: judged by comparing what the document says before and after."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Protocol

import msgspec

from central_hub.node_gateway import queries
from central_hub.storage.transaction import Reader, Transaction
from sync.documents.document import DocumentView
from sync.replication.messages import NumberLease

NOTHING = DocumentView(fields={}, events={}, attachments={})


class Quarantined(Exception):  # noqa: N818 - what becomes of the operation
    """The operation is kept apart under ``code``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """The node whose operation is judged, and the numbers leased to it."""

    node_id: str
    office_id: str
    leases: tuple[NumberLease, ...]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One operation at work: ``before`` says nothing where the document is new.

    ``bearers`` are the documents that bear official numbers, as far as they concern the batch.
    """

    document_id: str
    sender: Sender
    made_at: datetime
    is_new: bool
    before: DocumentView
    after: DocumentView
    bearers: Mapping[str, str]

    def is_taken(self, number: str) -> bool:
        """Whether another document bears the number."""
        return self.bearers.get(number, self.document_id) != self.document_id


class KindRules(Protocol):
    """What nodes may do to documents of one kind, and what the hub keeps of such a document."""

    def judge(self, reader: Reader, step: Step) -> None:
        """Raises Quarantined for what the sender may not do; a person may release it all the same."""

    def readers(self, after: DocumentView) -> set[str]:
        """The scopes that read the document by what it says; raises Quarantined where that is no scope."""

    def row(self, reader: Reader, step: Step, *, now: datetime) -> dict[str, object]:
        """What the hub's own table keeps of it; raises Quarantined for what cannot be kept, released or not."""

    def save(self, tx: Transaction, rows: Mapping[str, dict[str, object]], *, new_ids: AbstractSet[str]) -> None:
        """Write the rows, by document id."""


def sender_of(reader: Reader, *, node_id: str, office_id: str) -> Sender:
    """The node with what was leased to it, in any of its incarnations."""
    return Sender(node_id=node_id, office_id=office_id, leases=tuple(queries.leases_of(reader, node_id=node_id)))
