"""One statement for many rows, prepared once: SQLAlchemy's own way costs more for a row than the database does."""

from collections.abc import Callable, Mapping, Sequence
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Dialect
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement

Processor = Callable[[object], object] | None


class Prepared:
    """The text of a statement for one database, and how each value is written for it."""

    def __init__(self, statement: ClauseElement, dialect: Dialect, names: Sequence[str]) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=list(names))
        if not isinstance(compiled, SQLCompiler):
            raise TypeError("no statement over rows")
        self.text = str(compiled)
        self._positions = compiled.positiontup
        self._processors: list[tuple[str, Processor]] = [
            (name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
            for name in (self._positions or compiled.binds)
        ]

    def run(self, connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
        """Run it for every row."""
        written = [
            [(name, process(row[name]) if process else row[name]) for name, process in self._processors] for row in rows
        ]
        if self._positions is None:
            connection.exec_driver_sql(self.text, [dict(values) for values in written])
        else:
            connection.exec_driver_sql(self.text, [tuple(value for _, value in values) for values in written])


_prepared: WeakKeyDictionary[Executable, dict[tuple[str, tuple[str, ...]], Prepared]] = WeakKeyDictionary()


def prepare(statement: Executable, dialect: Dialect, names: Sequence[str]) -> Prepared:
    """The statement for these columns; kept as long as the statement is: build one that is run often only once."""
    if not isinstance(statement, ClauseElement):
        raise TypeError("a text is no statement over rows")
    known = _prepared.setdefault(statement, {})
    key = (dialect.name, tuple(names))
    if key not in known:
        known[key] = Prepared(statement, dialect, names)
    return known[key]
