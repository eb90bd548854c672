"""What an operation of a node may do to a document: judged by comparing what the document says before and after."""

import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Protocol

import msgspec

from central_hub.directory.commands import standings, standings_of
from central_hub.directory.model import Standing
from central_hub.node_gateway import queries
from central_hub.storage.replica import office_scope
from central_hub.storage.transaction import Reader, Transaction
from sync.documents.document import DocumentView, Entry
from sync.replication.messages import NumberLease
from sync.vocabulary.rights import DONE_BY_NODES, NODE_ITSELF, may_write

NOTHING = DocumentView(fields={}, events={}, attachments={})
_OFFICE = re.compile(r"[A-Z]{3}")


class Quarantined(Exception):  # noqa: N818 - what becomes of the operation
    """The operation is kept apart under ``code``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """The node whose operation is judged, the numbers leased to it, and how the staff of its office stand ``at``."""

    node_id: str
    office_id: str
    leases: tuple[NumberLease, ...]
    staff: Mapping[str, tuple[Standing, ...]]
    at: datetime


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


def sender_of(reader: Reader, *, node_id: str, office_id: str, now: datetime) -> Sender:
    """The node with what was leased to it, in any of its incarnations, and the people of its office."""
    return Sender(
        node_id=node_id,
        office_id=office_id,
        leases=tuple(queries.leases_of(reader, node_id=node_id)),
        staff=standings_of(reader, office_id=office_id, now=now),
        at=now,
    )


def scopes_of(office_ids: Iterable[object]) -> set[str]:
    """The scopes of these offices; raises Quarantined for what is no office's code."""
    scopes = set()
    for office_id in office_ids:
        if not isinstance(office_id, str) or _OFFICE.fullmatch(office_id) is None:
            raise Quarantined("office-malformed")
        scopes.add(office_scope(office_id))
    return scopes


def is_by(sender: Sender, entry: Entry) -> bool:
    """Whether an event says that it was made by this node at its own office; in whose case is another question."""
    return entry.get("node_id") == sender.node_id and entry.get("office_id") == sender.office_id


def check_actor(reader: Reader, sender: Sender, entry: Entry) -> None:
    """Whoever is named as the actor of a new event works at the sender's office, in a role that may do it.

    How they stood until a change counts along with how they stand, for as long as an office may not have heard of it:
    by the hub's clock, since the node's says what the node likes. An office whose staff the hub does not keep is not
    judged. Raises Quarantined.
    """
    if not sender.staff:
        return
    kind, actor_id = str(entry.get("kind")), str(entry.get("actor_id"))
    if actor_id == NODE_ITSELF:
        if kind not in DONE_BY_NODES:
            raise Quarantined("actor-not-allowed")
        return
    known = sender.staff.get(actor_id) or standings(reader, staff_id=actor_id, now=sender.at)
    if known is None:
        raise Quarantined("actor-unknown")
    here = [each for each in known if each.office_id == sender.office_id]
    if known and not here:
        raise Quarantined("actor-elsewhere")
    if not any(may_write(each.roles, kind) for each in here):
        raise Quarantined("actor-not-allowed")
