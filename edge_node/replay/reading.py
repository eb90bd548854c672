"""Municipal ticket files: gzip or plain CSV, read as a stream; a bad line ends the reading, by line and column."""

import csv
import gzip
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TextIO

from edge_node.replay.day import MINUTES_MAX, OfficeDay, Visit

TICKET_COLUMNS = ("office", "queue", "date", "ticket", "issued_minute", "called_minute")
DESK_COLUMNS = ("office", "queue", "date", "minute", "open_desks", "published_minutes")
LINES_MAX = 5_000_000  # ten years of one city
DESKS_MAX = 200
TEXT_MAX = 40
ENCODING = "utf-8-sig"  # a spreadsheet puts a mark before the first column
_MINUTE = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,6})?")

Row = dict[str, str]


class BadLine(ValueError):  # noqa: N818 - a fact, as the refusals of this house
    """A line of a ticket file breaks a rule; the text names file, line, column and rule."""

    def __init__(self, path: Path, *, line: int, column: str, rule: str) -> None:
        super().__init__(f"{path.name}, line {line}, column {column}: {rule}")
        self.line, self.column, self.rule = line, column, rule


class DayMissing(ValueError):  # noqa: N818 - as above
    """The file has no ticket of that office on that day."""


def read_day(tickets: Path, *, desks: Path | None, day: date, offices: Collection[str]) -> dict[str, OfficeDay]:
    """The day of each of ``offices``, by the file's own office code.

    Every line of the files is checked, also those of other offices and days. Without ``desks`` an office has as many
    desks as queues. Raises ``BadLine``, ``DayMissing``.
    """
    visits: dict[str, list[Visit]] = {office: [] for office in offices}
    with rows(tickets, TICKET_COLUMNS) as lines:
        for row in lines:
            visit = row.visit()
            if row.day == day and row.office in visits:
                visits[row.office].append(visit)
    for office, found in visits.items():
        if not found:
            raise DayMissing(f"{tickets.name} has no tickets of {office} on {day.isoformat()}")
    open_desks = {} if desks is None else most_open_desks(desks, day=day, offices=offices)
    return {
        office: OfficeDay(
            source=office,
            visits=tuple(
                sorted(found, key=lambda visit: (visit.issued_minute, visit.queue, len(visit.ticket), visit.ticket))
            ),
            desks=open_desks.get(office) or len({visit.queue for visit in found}),
        )
        for office, found in visits.items()
    }


def most_open_desks(path: Path, *, day: date, offices: Collection[str]) -> dict[str, int]:
    """The most desks each office had open at once on that day, over all its queues; raises ``BadLine``."""
    changes: dict[str, list[tuple[float, str, int]]] = {}
    with rows(path, DESK_COLUMNS) as lines:
        for row in lines:
            minute, count = row.minute("minute"), row.count("open_desks", at_most=DESKS_MAX)
            if row.day == day and row.office in offices:
                changes.setdefault(row.office, []).append((minute, row.text("queue"), count))
    return {office: _most_at_once(found) for office, found in changes.items()}


def _most_at_once(changes: list[tuple[float, str, int]]) -> int:
    now_open: dict[str, int] = {}
    most = 0
    for _, queue, count in sorted(changes):
        now_open[queue] = count
        most = max(most, sum(now_open.values()))
    return most


class FileLine:
    """One line of a file, its columns read strictly; every method raises ``BadLine``."""

    def __init__(self, path: Path, number: int, row: Row) -> None:
        self._path, self._number, self._row = path, number, row
        self.office = self.text("office")
        self.day = self._day()

    def visit(self) -> Visit:
        """The ticket of this line."""
        issued = self.minute("issued_minute")
        called = self.minute("called_minute") if self._row["called_minute"] else None
        if called is not None and called < issued:
            raise self._bad("called_minute", "called before it was issued")
        return Visit(queue=self.text("queue"), ticket=self.text("ticket"), issued_minute=issued, called_minute=called)

    def text(self, column: str) -> str:
        """A short printable word."""
        value = self._row[column]
        if not value or len(value) > TEXT_MAX or not value.isprintable() or value != value.strip():
            raise self._bad(column, f"has to be 1 to {TEXT_MAX} printable characters")
        return value

    def minute(self, column: str) -> float:
        """Minutes after midnight."""
        value = self._row[column]
        if _MINUTE.fullmatch(value) is None or float(value) > MINUTES_MAX:
            raise self._bad(column, f"has to be minutes after midnight, 0 to {MINUTES_MAX}")
        return float(value)

    def count(self, column: str, *, at_most: int) -> int:
        """A whole number."""
        value = self._row[column]
        if not (value.isascii() and value.isdecimal()) or int(value) > at_most:
            raise self._bad(column, f"has to be a whole number, 0 to {at_most}")
        return int(value)

    def minute_if_any(self, column: str) -> float | None:
        """Minutes, or nothing."""
        return self.minute(column) if self._row[column] else None

    def _day(self) -> date:
        try:
            return date.fromisoformat(self._row["date"])
        except ValueError as error:
            raise self._bad("date", "has to be a day as 2020-01-09") from error

    def _bad(self, column: str, rule: str) -> BadLine:
        return BadLine(self._path, line=self._number, column=column, rule=rule)


@contextmanager
def rows(path: Path, columns: tuple[str, ...]) -> Iterator[Iterator[FileLine]]:
    """The checked lines of a file with these columns; reading on raises ``BadLine``."""
    with _text(path) as stream:
        yield _checked(path, stream, columns)


def _checked(path: Path, stream: TextIO, columns: tuple[str, ...]) -> Iterator[FileLine]:
    reader = csv.reader(stream, strict=True)
    number = 1
    try:
        for number, values in enumerate(reader, start=1):
            if number == 1:
                if tuple(values) != columns:
                    raise BadLine(path, line=1, column="header", rule=f"has to be {','.join(columns)}")
                continue
            if len(values) != len(columns):
                raise BadLine(path, line=number, column="all", rule=f"{len(values)} columns, not {len(columns)}")
            if number > LINES_MAX:
                raise BadLine(path, line=number, column="all", rule=f"more than {LINES_MAX} lines")
            yield FileLine(path, number, dict(zip(columns, values, strict=True)))
    except (csv.Error, UnicodeDecodeError, gzip.BadGzipFile, EOFError) as error:
        raise BadLine(path, line=number + 1, column="all", rule=str(error)) from error


def _text(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding=ENCODING, newline="")
    return path.open(encoding=ENCODING, newline="")
