"""Whether the hub's own bytes are what was stored: disks let bits rot, and nobody reads an old case for years."""

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import func, make_url, select, update

from central_hub.storage import replica
from central_hub.storage.engine import is_sqlite
from central_hub.storage.tables import alarms, documents
from central_hub.storage.transaction import Reader, Transaction
from sync.replication.fixity import PAGE_ROWS, UNREADABLE, digest_of

ROTTEN = UNREADABLE  # the digest of a document whose bytes rotted: no node's is the same, and each offers its own
DOCUMENT, DATABASE, BLOB = "document-rotten", "database-rotten", "blob-rotten"  # alarms
FAULTS_MAX = 10
SHOWN_FOR = timedelta(days=7)


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    document_id: str
    digest: bytes | None
    snapshot: bytes


def rotten_after(reader: Reader, *, after: str) -> tuple[list[str], str | None]:
    """Of the next documents ``after`` this one, those whose bytes say another digest than was stored; and the last."""
    columns = (documents.c.document_id, documents.c.digest, documents.c.snapshot)
    page = select(*columns).where(documents.c.document_id > after).order_by(documents.c.document_id).limit(PAGE_ROWS)
    rows = reader.rows(page, _Row)
    return [row.document_id for row in rows if _has_rotted(row)], rows[-1].document_id if rows else None


def note_rotten(tx: Transaction, *, document_id: str, now: datetime) -> None:
    """Have every node that reads the document offer its own, and raise an alarm; unless it changed meanwhile."""
    columns = (documents.c.document_id, documents.c.digest, documents.c.snapshot)
    row = tx.row(select(*columns).where(documents.c.document_id == document_id), _Row)
    if row is None or not _has_rotted(row):
        return
    tx.execute(update(documents).where(documents.c.document_id == document_id).values(digest=ROTTEN))
    replica.raise_alarm_daily(tx, kind=DOCUMENT, subject=document_id, office_id=None, now=now)


def database_faults(database_url: str) -> list[str]:
    """What SQLite finds wrong with its own pages; PostgreSQL checks its own as it reads them."""
    path = make_url(database_url).database
    if not is_sqlite(database_url) or path is None:
        return []
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        try:
            found = [str(row[0]) for row in connection.execute(f"pragma quick_check({FAULTS_MAX})")]
        except sqlite3.DatabaseError as error:
            return [str(error)]
    return [fault for fault in found if fault != "ok"]


def note_faults(tx: Transaction, *, now: datetime) -> None:
    """Pages of the database are damaged: only a backup helps."""
    replica.raise_alarm_daily(tx, kind=DATABASE, subject="hub", office_id=None, now=now)


def rot_lately(reader: Reader, *, now: datetime) -> int:
    """How many alarms of rot the last week saw."""
    condition = alarms.c.kind.in_([DOCUMENT, DATABASE, BLOB]) & (alarms.c.at > now - SHOWN_FOR)
    return reader.count(select(func.count()).select_from(alarms).where(condition))


def _has_rotted(row: _Row) -> bool:
    return row.digest not in {None, ROTTEN} and digest_of(row.snapshot) != row.digest
