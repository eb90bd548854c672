"""A database made as large as years of work would make it: its rows again and again under other ids, by SQL alone."""

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec

ID_PREFIX_LETTERS = 8  # of a ULID's ten that are time: what is copied keeps its own last eighteen
INDICES = "select name, sql, tbl_name from sqlite_master where type = 'index' and sql is not null"


class Grown(msgspec.Struct, frozen=True, kw_only=True):
    """A table whose rows are copied: ``ids`` are its columns of ids, ``other`` expressions for columns that differ too.

    In an expression ``:copy`` is the number of the copy.
    """

    table: str
    ids: tuple[str, ...]
    other: dict[str, str] = {}
    where: str = "1"


# a copy a day, so a thousand cases each; what is older than a month is in the archive
EARLIER = {
    "number": "number || '-' || :copy",
    "registered_at": "strftime('%Y-%m-%dT%H:%M:%fZ', registered_at, -:copy || ' days')",
    "due_on": "date(due_on, -:copy || ' days')",
    "status": "iif(:copy < 30, status, 'archived')",
}
OF_CASES = "document_id in (select case_id from cases)"  # which are copied last

# what a case leaves at an office, once its operation was compacted
NODE = (
    Grown(table="replica_documents", ids=("document_id",), where="kind = 'case'"),
    Grown(
        table="replica_operations",
        ids=("operation_id", "document_id"),
        other={"oseq": "oseq - :copy * 1000000", "body": "null", "change": "null"},
        where="kind = 'case' and oseq is not null",
    ),
    Grown(table="cases", ids=("case_id",), other=EARLIER),
    Grown(table="case_offices", ids=("case_id",)),
    Grown(
        table="access_log", ids=("subject",), other={"seq": "seq + :copy * 1000000"}, where="action = 'case-registered'"
    ),
)
# and at the hub
HUB = (
    Grown(table="documents", ids=("document_id",), where="kind = 'case'"),
    Grown(
        table="operations",
        ids=("operation_id", "document_id"),
        other={"oseq": "oseq - :copy * 1000000", "arrival": "arrival - :copy * 1000000", "body": "null"},
        where="kind = 'case'",
    ),
    Grown(table="grants", ids=("document_id",), where=OF_CASES),
    Grown(
        table="feed",
        ids=("document_id", "operation_id"),
        other={"seq": "seq + :copy * 1000000"},
        where=OF_CASES,
    ),
    Grown(table="cases", ids=("case_id",), other=EARLIER),
)


def id_in_copy(original: str, copy: int) -> str:
    """The id that the copy of a row has."""
    return f"{copy:0{ID_PREFIX_LETTERS}d}{original[ID_PREFIX_LETTERS:]}"


def grow(database: Path, tables: tuple[Grown, ...], *, copies: int) -> None:
    """Add so many copies of every row; the indices are built once at the end. Nobody else has the file open."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("pragma synchronous=off")
        connection.execute("pragma foreign_keys=off")
        connection.execute("begin")
        names = [each.table for each in tables]
        indices = [row for row in connection.execute(INDICES) if row[2] in names]
        for name, _, _ in indices:
            connection.execute(f"drop index {name}")
        for each in tables:
            _copy(connection, each, copies=copies)
        for _, sql, _ in indices:
            connection.execute(sql)
        connection.execute("commit")
        connection.execute("pragma wal_checkpoint(truncate)")  # and no statistics: nobody gathers them at an office


def _copy(connection: sqlite3.Connection, grown: Grown, *, copies: int) -> None:
    columns = [row[1] for row in connection.execute(f"pragma table_info({grown.table})")]
    said = dict.fromkeys(columns)
    for name in grown.ids:
        said[name] = f"printf('%0{ID_PREFIX_LETTERS}d', :copy) || substr({name}, {ID_PREFIX_LETTERS + 1})"
    said |= grown.other
    values = ", ".join(said[name] or name for name in columns)
    sources = f"create temp table first as select * from {grown.table} where {grown.where}"  # noqa: S608 - all ours
    connection.execute(sources)
    insert = f"insert into {grown.table} select {values} from first"  # noqa: S608 - all ours
    for copy in range(1, copies + 1):
        connection.execute(insert, {"copy": copy})
    connection.execute("drop table first")


def let_counts_follow(hub: Path, *, copies: int) -> None:
    """Let the hub have given every number that its grown feed bears, and counted every case."""
    with closing(sqlite3.connect(hub)) as connection, connection:
        connection.execute("update hub_state set seq = (select max(seq) from feed)")
        connection.execute("update case_totals set cases = cases * (? + 1)", (copies,))
