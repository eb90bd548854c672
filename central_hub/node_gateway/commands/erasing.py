"""The erasure of a case: a directive that every replica carries out, by the generation of the document."""

from datetime import datetime

import msgspec

from central_hub.directory.commands import log_access
from central_hub.node_gateway import queries
from central_hub.node_gateway.commands.case_row import case_row
from central_hub.node_gateway.commands.well_formed import check_document_ids, check_generation
from central_hub.node_gateway.model import Speaker
from central_hub.storage import erasures, replica
from central_hub.storage.erasures import Erasure
from central_hub.storage.replica import CITY, StoredDocument
from central_hub.storage.transaction import Transaction
from sync.documents.document import change, fresh_client_id, merge, view
from sync.replication.messages import ErasureDone
from sync.vocabulary.case.redaction import redacted_entry, redacted_fields
from sync.vocabulary.errors import NotFound
from sync.vocabulary.working_days import local_day


class ErasureOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Which case, by which act, and who orders it."""

    number: str
    act: str
    ordered_by: str


def erase(tx: Transaction, order: ErasureOrder, *, operation_id: str, now: datetime) -> list[str]:
    """Leave only the tombstone of the case, here and in every replica; the hashes of the files to delete.

    Every node is told, whether or not its office reads the case: which ever held it no hub knows for certain, for what
    was told is forgotten in time, and a restored hub never knew some of it.

    Raises:
        NotFound: there is no case of this number.
    """
    seq = replica.reserve(tx, count=1)
    found = erasures.document_of_case(tx, number=order.number)
    if found is None:
        raise NotFound(what="case")
    document_id, snapshot, generation = found
    tombstone = _tombstone(snapshot, order, operation_id=operation_id, now=now)
    merged = merge(None, [tombstone], clients=())
    stored = StoredDocument(
        document_id=document_id,
        kind="case",
        snapshot=merged.snapshot,
        generation=generation + 1,
        digest=merged.digest,
    )
    orphans = erasures.purge(tx, document_id=document_id)
    replica.save_document(tx, stored)
    queries.save_cases(tx, {document_id: case_row(merged.view, now=now)}, new_ids=frozenset())
    erasure = Erasure(
        document_id=document_id,
        generation=stored.generation,
        ordered_at=now,
        ordered_by=order.ordered_by,
        act=order.act,
    )
    erasures.order(tx, erasure, scopes={CITY}, seq=seq)
    log_access(tx, actor_id=order.ordered_by, office_id=None, action="erase", subject=order.number, now=now)
    return orphans


def confirm_erasures(tx: Transaction, *, speaker: Speaker, done: ErasureDone, now: datetime) -> None:
    """The node has purged these documents; raises InvalidInput for what names none."""
    check_document_ids(done.generations)
    for document_id, generation in done.generations.items():
        check_generation(generation)
        erasures.confirm(tx, node_id=speaker.node_id, document_id=document_id, generation=generation, now=now)


def _tombstone(snapshot: bytes, order: ErasureOrder, *, operation_id: str, now: datetime) -> bytes:
    """A document of its own with what may remain: no byte of the old one is in it."""
    said = view(snapshot)
    return change(
        None,
        client_id=fresh_client_id(now=now, operation_id=operation_id),
        fields=redacted_fields(said.fields, act=order.act, on=local_day(now)),
        events={event_id: redacted_entry(entry) for event_id, entry in said.events.items()},
        attachments={},
    )
