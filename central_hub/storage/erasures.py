"""What the hub purges of an erased document, and which nodes have said that they did."""

from collections.abc import Set as AbstractSet
from datetime import date, datetime

import msgspec
from sqlalchemy import delete, func, insert, select, update

from central_hub.storage.replica import CITY, FeedRow, StoredDocument, append_feed
from central_hub.storage.tables import (
    blob_references,
    blobs,
    blocks,
    cases,
    documents,
    erasure_confirmations,
    erasures,
    feed,
    grants,
    nodes,
    operations,
)
from central_hub.storage.transaction import Reader, Transaction
from sync.vocabulary.appointment import KIND as APPOINTMENT_DAY

BY_TERM = "retention"  # the act of an erasure that no paper orders: the term of keeping is over
_DAY_AT = len("appointments.SHV.") + 1  # where the day stands in the id of its document


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """Of the document only ``generation`` may remain; ``act`` is the paper that ordered it."""

    document_id: str
    generation: int
    ordered_at: datetime
    ordered_by: str
    act: str


class Confirmation(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a node has purged it; ``confirmed_at`` is ``None`` until it says so."""

    number: str
    ordered_at: datetime
    act: str
    office_id: str
    node_id: str
    confirmed_at: datetime | None = None

    @property
    def is_by_term(self) -> bool:
        """Whether no paper ordered it: the term of keeping was over."""
        return self.act == BY_TERM


class _Erasing(msgspec.Struct, frozen=True, kw_only=True):
    document_id: str
    snapshot: bytes
    generation: int


def document_of_case(reader: Reader, *, number: str) -> tuple[str, bytes, int] | None:
    """The id, bytes and generation of the case of this number."""
    statement = (
        select(documents.c.document_id, documents.c.snapshot, documents.c.generation)
        .join(cases, cases.c.case_id == documents.c.document_id)
        .where(cases.c.number == number)
    )
    found = reader.row(statement, _Erasing)
    return None if found is None else (found.document_id, found.snapshot, found.generation)


def days_with_names(reader: Reader, *, before: date, limit: int) -> list[StoredDocument]:
    """Days of appointments before ``before`` that still say who had booked, at most ``limit``."""
    day = before.isoformat()
    statement = (
        select(documents)
        .where(
            documents.c.document_id >= "appointments.",
            documents.c.document_id < "appointments/",
            documents.c.kind == APPOINTMENT_DAY,
            documents.c.generation == 0,
            func.substr(documents.c.document_id, _DAY_AT, len(day)) < day,
        )
        .order_by(documents.c.document_id)
        .limit(limit)
    )
    return reader.rows(statement, StoredDocument)


def scopes_that_knew(reader: Reader, *, document_id: str) -> set[str]:
    """Every scope that reads the document, or was told of it since the horizon."""
    granted = reader.column(select(grants.c.scope).where(grants.c.document_id == document_id))
    told = reader.column(select(feed.c.scope).where(feed.c.document_id == document_id).distinct())
    return {str(scope) for scope in (*granted, *told)}


def purge(tx: Transaction, *, document_id: str) -> list[str]:
    """Drop the bytes of all its operations, what its readers were told, and its files; the hashes of files to delete.

    Headers and hashes of operations stay: the chains of the nodes go through them.
    """
    its = operations.c.document_id == document_id
    tx.execute(update(operations).where(its, operations.c.state != "merged").values(state="discarded"))
    tx.execute(update(operations).where(its).values(body=None))
    tx.execute(delete(feed).where(feed.c.document_id == document_id))
    tx.execute(delete(blocks).where(blocks.c.document_id == document_id))
    own = select(blob_references.c.sha256).where(blob_references.c.document_id == document_id)
    hashes = {str(sha256) for sha256 in tx.column(own)}
    tx.execute(delete(blob_references).where(blob_references.c.document_id == document_id))
    still_named = select(blob_references.c.sha256).where(blob_references.c.sha256.in_(hashes))
    orphans = sorted(hashes - {str(sha256) for sha256 in tx.column(still_named)})
    tx.execute(delete(blobs).where(blobs.c.sha256.in_(orphans)))
    return orphans


def order(tx: Transaction, erasure: Erasure, *, scopes: AbstractSet[str], seq: int) -> None:
    """Write the directive down, tell the scopes under ``seq``, and note every node of theirs: each must confirm it.

    A retired node is one of them: enrolled again it is told of what its disk still holds.
    """
    tx.execute(insert(erasures).values(**msgspec.structs.asdict(erasure)))
    theirs = select(nodes.c.node_id, nodes.c.office_id)
    if CITY not in scopes:
        theirs = theirs.where(nodes.c.office_id.in_([scope.removeprefix("office/") for scope in scopes]))
    rows = [
        {
            "document_id": erasure.document_id,
            "generation": erasure.generation,
            "node_id": node.node_id,
            "office_id": node.office_id,
        }
        for node in tx.rows(theirs, _Node)
    ]
    tx.execute_many(insert(erasure_confirmations), rows)
    told = [FeedRow(scope=scope, seq=seq, what="erase", document_id=erasure.document_id) for scope in sorted(scopes)]
    append_feed(tx, told)


class _Node(msgspec.Struct, frozen=True, kw_only=True):
    node_id: str
    office_id: str


def confirm(tx: Transaction, *, node_id: str, document_id: str, generation: int, now: datetime) -> None:
    """The node purged everything of the document before this generation; saying it again changes nothing."""
    tx.execute(
        update(erasure_confirmations)
        .where(
            erasure_confirmations.c.node_id == node_id,
            erasure_confirmations.c.document_id == document_id,
            erasure_confirmations.c.generation <= generation,
            erasure_confirmations.c.confirmed_at.is_(None),
        )
        .values(confirmed_at=now)
    )


def confirmations(reader: Reader, *, limit: int) -> list[Confirmation]:
    """Which nodes at work have confirmed and which have not, the unconfirmed and latest first."""
    statement = (
        select(
            func.coalesce(cases.c.number, erasures.c.document_id).label("number"),
            erasures.c.ordered_at,
            erasures.c.act,
            erasure_confirmations.c.office_id,
            erasure_confirmations.c.node_id,
            erasure_confirmations.c.confirmed_at,
        )
        .select_from(erasures)
        .join(
            erasure_confirmations,
            (erasure_confirmations.c.document_id == erasures.c.document_id)
            & (erasure_confirmations.c.generation == erasures.c.generation),
        )
        .join(nodes, nodes.c.node_id == erasure_confirmations.c.node_id)
        .outerjoin(cases, cases.c.case_id == erasures.c.document_id)
        .where(nodes.c.retired_at.is_(None))
        .order_by(erasure_confirmations.c.confirmed_at.is_not(None), erasures.c.ordered_at.desc())
        .limit(limit)
    )
    return reader.rows(statement, Confirmation)
