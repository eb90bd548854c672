"""What may be asked of the hall's figures; every SQL string of the slice."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

import msgspec

from edge_node.queue import queries as queue
from edge_node.queue.model import Happening, LogEntry
from edge_node.statistics.model import Cell, CellFigures, Group, Grouping, Period, Tally, add_story, nonzero
from sync.storage import Reader, Transaction
from sync.vocabulary.hall import COUNTS, Figures, HallDay, HallHour
from sync.vocabulary.working_days import local_day

STORIES_LINES = 5000
_KEY = tuple(Cell.__struct_fields__)
_SUMS = ", ".join(f"coalesce(sum({name}), 0) as {name}" for name in COUNTS)
_COLUMNS: Mapping[Grouping, str] = {
    Grouping.DAY: "day",
    Grouping.HOUR: "hour",
    Grouping.SPHERE: "sphere",
    Grouping.DESK: "desk_id",
    Grouping.STAFF: "staff_id",
}


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What the lines after ``since`` up to ``until`` change: by how much in which cells, and how far days are read."""

    since: int
    until: int
    changes: Mapping[Cell, dict[str, int]]
    revisions: Mapping[date, int]


class Reported(msgspec.Struct, frozen=True, kw_only=True):
    """A day as the hub was told of it last: up to which line, and in which life of the hub."""

    day: date
    revision: int


class _Row(Figures, frozen=True, kw_only=True):
    key: str


def read_until(reader: Reader) -> int:
    """The last line of the log that the figures hold."""
    found = reader.scalar("select sequence from hall_read")
    return found if isinstance(found, int) else 0


def next_step(reader: Reader, *, since: int, limit: int) -> Step | None:
    """What the next ``limit`` lines after ``since`` change, or ``None`` at the end of the log."""
    lines = queue.log_after(reader, sequence=since, limit=limit)
    if not lines:
        return None
    until = lines[-1].sequence
    touched = {line.ticket_id for line in lines if line.ticket_id is not None}
    tally: Tally = {}
    for story in _stories(queue.log_of_tickets(reader, ticket_ids=touched, until=until)):
        add_story(tally, (line for line in story if line.sequence <= since), sign=-1)
        add_story(tally, story, sign=1)
    return Step(since=since, until=until, changes=nonzero(tally), revisions=_revisions(reader, lines))


def stories(reader: Reader, *, until: int) -> Iterator[list[LogEntry]]:
    """Every ticket's whole story up to the line ``until``."""
    sequence = 0
    while lines := queue.log_after(reader, sequence=sequence, limit=STORIES_LINES):
        sequence = lines[-1].sequence
        begun = {line.ticket_id for line in lines if line.kind is Happening.ISSUED and line.ticket_id is not None}
        yield from _stories(queue.log_of_tickets(reader, ticket_ids=begun, until=until))


def figures(reader: Reader, *, period: Period) -> Figures:
    """The whole period in one."""
    sql = f"select {_SUMS} from hall_figures where {_WITHIN}"  # noqa: S608 - names of our own columns
    return reader.row(sql, Figures, **_bounds(period)) or Figures()


def groups(reader: Reader, *, period: Period, by: Grouping) -> list[Group]:
    """The period side by side, by key; what is nobody's stands under ``""``."""
    column = _COLUMNS[by]
    sql = f"select cast({column} as text) as key, {_SUMS} from hall_figures where {_WITHIN} group by {column}"  # noqa: S608 - as above
    rows = reader.rows(f"{sql} order by {column}", _Row, **_bounds(period))
    return [Group(key=row.key, figures=Figures(**{name: getattr(row, name) for name in COUNTS})) for row in rows]


def all_cells(reader: Reader) -> dict[Cell, Figures]:
    """Every figure that is kept."""
    rows = reader.rows("select * from hall_figures", CellFigures)
    return {
        Cell(**{name: getattr(row, name) for name in _KEY}): Figures(**{name: getattr(row, name) for name in COUNTS})
        for row in rows
    }


def add(tx: Transaction, changes: Mapping[Cell, dict[str, int]]) -> None:
    """Add to the cells; one that comes to nothing is kept no more."""
    adding = ", ".join(f"{name} = {name} + excluded.{name}" for name in COUNTS)
    names = (*_KEY, *COUNTS)
    places = ", ".join(f":{name}" for name in names)
    sql = f"insert into hall_figures ({', '.join(names)}) values ({places}) on conflict do update set {adding}"  # noqa: S608 - as above
    tx.execute_many(sql, [{**msgspec.structs.asdict(cell), **counts} for cell, counts in changes.items()])
    for day in {cell.day for cell in changes}:
        empty = " and ".join(f"{name} = 0" for name in COUNTS)
        tx.execute(f"delete from hall_figures where day = :day and {empty}", day=day)  # noqa: S608 - as above


def note_read(tx: Transaction, *, until: int, revisions: Mapping[date, int]) -> None:
    """The figures hold the log up to ``until``, and each of these days up to its line."""
    sql = "insert into hall_read (one, sequence) values (1, :until) on conflict do update set sequence = :until"
    tx.execute(sql, until=until)
    sql = """
        insert into hall_days (day, revision) values (:day, :revision)
        on conflict do update set revision = max(revision, excluded.revision)
        """
    tx.execute_many(sql, [{"day": day, "revision": revision} for day, revision in revisions.items()])


def untold_days(reader: Reader, *, to: str, limit: int) -> list[HallDay]:
    """Days of which the hub of that incarnation was not told all, the latest first; no desk and no person."""
    sql = """
        select day, revision from hall_days where revision > told_revision or told_to is not :to
        order by day desc limit :limit
        """
    found = reader.rows(sql, Reported, to=to, limit=limit)
    return [HallDay(day=each.day, revision=each.revision, hours=_hours(reader, each.day)) for each in found]


def note_told(tx: Transaction, *, day: date, revision: int, to: str) -> None:
    """The hub of that incarnation holds the day up to ``revision``."""
    sql = "update hall_days set told_revision = :revision, told_to = :to where day = :day"
    tx.execute(sql, day=day, revision=revision, to=to)


def forget_told(tx: Transaction, *, days: Iterable[date]) -> None:
    """The hub is to be told of these days anew."""
    sql = "update hall_days set told_to = null where day = :day"
    tx.execute_many(sql, [{"day": day} for day in days])


def _hours(reader: Reader, day: date) -> tuple[HallHour, ...]:
    sql = f"select hour, sphere, {_SUMS} from hall_figures where day = :day group by hour, sphere order by hour, sphere"  # noqa: S608 - as above
    return tuple(reader.rows(sql, HallHour, day=day))


def _revisions(reader: Reader, lines: list[LogEntry]) -> dict[date, int]:
    """The last line that bears on each day: its own, or one that took a line of it back."""
    undoing = {
        line.facts.undoes: line.sequence
        for line in lines
        if line.kind is Happening.UNDONE and line.facts is not None and line.facts.undoes is not None
    }
    bearing = [(local_day(line.at), line.sequence) for line in lines]
    bearing += [(local_day(line.at), undoing[line.sequence]) for line in queue.log_lines(reader, sequences=undoing)]
    revisions: dict[date, int] = {}
    for day, sequence in bearing:
        revisions[day] = max(sequence, revisions.get(day, 0))
    return revisions


def _stories(lines: list[LogEntry]) -> list[list[LogEntry]]:
    stories: defaultdict[object, list[LogEntry]] = defaultdict(list)
    for line in lines:
        stories[line.ticket_id].append(line)
    return list(stories.values())


_WITHIN = "day between :since and :until and (:staff_id is null or staff_id = :staff_id)"


def _bounds(period: Period) -> dict[str, object]:
    return msgspec.structs.asdict(period)
