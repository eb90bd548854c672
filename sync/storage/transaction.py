"""What a query or a command holds in its hands: reading, and changing inside one transaction."""

import sqlite3
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from types import UnionType
from typing import TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

S = TypeVar("S", bound=msgspec.Struct)
SqlValue = str | int | float | bytes | None
_AS_IT_IS = frozenset({str, int, float, bytes, type(None)})  # no enum, which is one of these and more


def to_sql(value: object) -> SqlValue:
    """``value`` as SQLite keeps it: times as RFC 3339 UTC text (milliseconds), enums by value, structures as JSON."""
    match value:
        case Enum():
            return to_sql(value.value)
        case bool():
            return int(value)
        case None | str() | int() | float() | bytes():
            return value
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"
        case date():
            return value.isoformat()
        case _:
            return msgspec.json.encode(value).decode()


def _written(parameters: Mapping[str, object]) -> dict[str, object]:
    return {name: value if type(value) in _AS_IT_IS else to_sql(value) for name, value in parameters.items()}


def _is_json(annotation: object) -> bool:
    """Whether values of this type are kept as JSON text."""
    origin = get_origin(annotation)
    if origin in {Union, UnionType}:
        return any(_is_json(part) for part in get_args(annotation))
    kind = origin or annotation
    return isinstance(kind, type) and issubclass(kind, (list, tuple, dict, set, frozenset, msgspec.Struct))


@cache
def _json_fields(struct: type[msgspec.Struct]) -> frozenset[str]:
    return frozenset(name for name, annotation in get_type_hints(struct).items() if _is_json(annotation))


def _to_struct(row: sqlite3.Row, as_: type[S]) -> S:
    values: dict[str, object] = dict(zip(row.keys(), row, strict=True))
    for name in _json_fields(as_) & values.keys():
        text = values[name]
        if isinstance(text, str):
            values[name] = msgspec.json.decode(text)
    return msgspec.convert(values, type=as_, strict=False)


class Reader:
    """A consistent view of the database; parameters are named (``:desk_id``), columns are the struct's fields."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def _run(self, sql: str, parameters: Mapping[str, object]) -> sqlite3.Cursor:
        return self._connection.execute(sql, _written(parameters))

    def rows(self, sql: str, as_: type[S], **parameters: object) -> list[S]:
        """All rows, as structs; columns whose field is a list, mapping or struct are read from JSON."""
        return [_to_struct(row, as_) for row in self._run(sql, parameters)]

    def row(self, sql: str, as_: type[S], **parameters: object) -> S | None:
        """The first row as a struct, or ``None`` when there is none."""
        found = self._run(sql, parameters).fetchone()
        return None if found is None else _to_struct(found, as_)

    def scalar(self, sql: str, **parameters: object) -> SqlValue:
        """The first column of the first row, or ``None``."""
        found = self._run(sql, parameters).fetchone()
        return None if found is None else found[0]

    def column(self, sql: str, **parameters: object) -> list[SqlValue]:
        """The first column of every row."""
        return [row[0] for row in self._run(sql, parameters)]


class Transaction(Reader):
    """A reader that may also change, until its command ends; events it emits are heard after commit."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self.events: list[msgspec.Struct] = []

    def execute(self, sql: str, **parameters: object) -> int:
        """Run one statement; the number of rows it changed."""
        return self._run(sql, parameters).rowcount

    def execute_many(self, sql: str, parameters: list[dict[str, object]]) -> None:
        """Run one statement for each set of parameters."""
        self._connection.executemany(sql, map(_written, parameters))

    def emit(self, event: msgspec.Struct) -> None:
        """Tell the world after commit; a crash may lose it, so it is for boards and live pages only."""
        self.events.append(event)
