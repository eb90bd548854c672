"""What SQLite does for each statement of a query: which read a table, or an index over all of it, to its end."""

import re
import sqlite3
from collections.abc import Mapping

from sync.storage.transaction import Transaction, to_sql

_SCANNED = re.compile(r"SCAN (\w+)(?: AS (\w+))?(?: USING (?:COVERING )?INDEX (\w+))?")
_ALIASED = re.compile(r"\b(?:from|join)\s+(\w+)(?:\s+as)?\s+(\w+)")


class WatchedTransaction(Transaction):
    """A transaction that notes each statement that goes through the whole of a table of ``growing``.

    A walk along the key that a limit ends, and one through an index over a part, are not noted.
    """

    def __init__(self, connection: sqlite3.Connection, *, growing: frozenset[str]) -> None:
        super().__init__(connection)
        self.scans: list[str] = []
        self._growing = growing

    def _run(self, sql: str, parameters: Mapping[str, object]) -> sqlite3.Cursor:
        self._note(sql, {name: to_sql(value) for name, value in parameters.items()})
        return super()._run(sql, parameters)

    def execute_many(self, sql: str, parameters: list[dict[str, object]]) -> None:
        for row in parameters[:1]:
            self._note(sql, {name: to_sql(value) for name, value in row.items()})
        super().execute_many(sql, parameters)

    def _note(self, sql: str, parameters: dict[str, object]) -> None:
        explained = self._connection.execute(f"explain query plan {sql}", parameters)
        lines = [str(row[3]) for row in explained]
        names = {alias: table for table, alias in _ALIASED.findall(sql)}
        is_ended = " limit " in sql and not any("TEMP B-TREE" in line for line in lines) and " where " not in sql
        for line in lines:
            found = _SCANNED.match(line)
            if found is None or is_ended or self._is_partial(found[3]):
                continue
            if names.get(found[1], found[1]) in self._growing:
                self.scans.append(f"{line}: {' '.join(sql.split())}")

    def _is_partial(self, index: str | None) -> bool:
        sql = "select sql like '% where %' from sqlite_master where type = 'index' and name = ?"
        found = self._connection.execute(sql, (index,)).fetchone()
        return bool(found and found[0])
