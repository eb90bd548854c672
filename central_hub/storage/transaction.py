"""What a query or a command of the hub holds in its hands: SQLAlchemy statements in, structs out."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, CursorResult, Executable

from central_hub.storage.many import prepare

S = TypeVar("S", bound=msgspec.Struct)


def _structs(result: CursorResult[tuple[object, ...]], as_: type[S]) -> Iterator[S]:
    names = tuple(map(str, result.keys()))
    return (msgspec.convert(dict(zip(names, row, strict=True)), type=as_) for row in result)


class Reader:
    """A consistent view of the database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def rows(self, statement: Executable, as_: type[S], **parameters: object) -> list[S]:
        """All rows, as structs: columns are the struct's fields; ``parameters`` as in ``scalar``."""
        return list(_structs(self._connection.execute(statement, parameters), as_))

    def each(self, statement: Executable, as_: type[S], *, at_once: int, **parameters: object) -> Iterator[S]:
        """The rows one after the other, ``at_once`` of them in memory: the caller may stop before the last."""
        options = {"yield_per": at_once}
        with closing(self._connection.execute(statement, parameters, execution_options=options)) as result:
            yield from _structs(result, as_)

    def row(self, statement: Executable, as_: type[S]) -> S | None:
        """The first row as a struct, or ``None`` when there is none."""
        with closing(self._connection.execute(statement)) as result:
            return next(_structs(result, as_), None)

    def tuples(self, statement: Executable, **parameters: object) -> Sequence[Sequence[Any]]:
        """All rows as they are, for walks over a million of them; ``parameters`` as in ``scalar``."""
        return self._connection.execute(statement, parameters).all()

    def column(self, statement: Executable) -> list[object]:
        """The first column of every row."""
        return list(self._connection.execute(statement).scalars())

    def scalar(self, statement: Executable, **parameters: object) -> object:
        """The first column of the first row, or ``None``; ``parameters`` fill a statement that is built only once."""
        return self._connection.execute(statement, parameters).scalar()

    def count(self, statement: Executable) -> int:
        """The number that the statement's first column answers; none counts as 0."""
        found = self._connection.execute(statement).scalar()
        return found if isinstance(found, int) else 0


class Transaction(Reader):
    """A reader that may also change, until its command ends; events it emits are heard after commit."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.events: list[msgspec.Struct] = []

    def execute(self, statement: Executable) -> int:
        """Run one statement; the number of rows it changed."""
        result: CursorResult[tuple[object, ...]] = self._connection.execute(statement)
        return result.rowcount

    def execute_many(self, statement: Executable, rows: Sequence[Mapping[str, object]]) -> None:
        """Run one statement for each set of values, all of the same columns; none is no statement."""
        if rows:
            prepare(statement, self._connection.dialect, tuple(rows[0])).run(self._connection, rows)

    def emit(self, event: msgspec.Struct) -> None:
        """Tell the world after commit; a crash may lose it, so it is for live pages and waking pollers only."""
        self.events.append(event)
