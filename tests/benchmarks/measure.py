"""Percentiles, floors and figures: each number stands beside what a plain thing does in the same run.

A disk and a shared machine change by the hour, so only ratios within one run are compared; medians over rounds.
"""

import os
import resource
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

import msgspec

RESULTS = Path(__file__).parents[2] / ".bench"
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
Row = tuple[object, ...]
Statement = tuple[str, Row]


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One number; ``ratio`` is it over its floor, and ``rounds`` are the single measurements of the median."""

    name: str
    value: float
    unit: str
    floor: float | None = None
    ratio: float | None = None
    rounds: tuple[float, ...] = ()


class Figures:
    """What a run found, printed as it is found and written as JSON at its end."""

    def __init__(self) -> None:
        self.found: list[Figure] = []

    def note(self, name: str, rounds: Sequence[float], unit: str, *, floors: Sequence[float] = ()) -> Figure:
        """Note the medians of ``rounds`` and ``floors``; the ratio is the median of the rounds' own ratios."""
        ratio = median(value / floor for value, floor in zip(rounds, floors, strict=True)) if floors else None
        figure = Figure(
            name=name,
            value=median(rounds),
            unit=unit,
            floor=median(floors) if floors else None,
            ratio=ratio,
            rounds=tuple(rounds),
        )
        self.found.append(figure)
        print(_line(figure))  # noqa: T201 - what the command is for
        return figure

    def write(self, *, now: datetime) -> Path:
        """Write everything found into the ignored folder; where it is."""
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"{now:%Y-%m-%dT%H%M%SZ}.json"
        run = {"at": now, "cores": os.cpu_count(), "load": os.getloadavg(), "figures": self.found}
        path.write_bytes(msgspec.json.format(msgspec.json.encode(run)))
        return path


def _line(figure: Figure) -> str:
    noise = ""
    if len(figure.rounds) > 1:
        noise = f"  rounds {min(figure.rounds):,.4g} – {max(figure.rounds):,.4g}"
    floor = "" if figure.floor is None else f"  floor {figure.floor:>9,.4g}  ratio {figure.ratio:.3g}"
    return f"  {figure.name:<64} {figure.value:>9,.4g} {figure.unit:<8}{floor}{noise}"


def percentile(seconds: Sequence[float], percent: int) -> float:
    """That percentile, in milliseconds."""
    return quantiles(seconds, n=100)[percent - 1] * 1000


def timed(work: Callable[[], object]) -> float:
    """How long ``work`` took, in seconds."""
    begun = perf_counter()
    work()
    return perf_counter() - begun


class PlainDatabase:
    """The floor: SQLite as anybody would open it, durable at every commit, one transaction for each group of rows."""

    def __init__(self, path: Path, schema: Iterable[str]) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("pragma journal_mode=wal")
        self._connection.execute("pragma synchronous=full")
        for statement in schema:
            self._connection.execute(statement)

    def close(self) -> None:
        self._connection.close()

    def write(self, statements: Iterable[Statement]) -> None:
        """All of the statements in one transaction, durably."""
        self._connection.execute("begin immediate")
        for sql, row in statements:
            self._connection.execute(sql, row)
        self._connection.execute("commit")

    def rows(self, sql: str, parameters: Row) -> list[Row]:
        """What a query answers."""
        return self._connection.execute(sql, parameters).fetchall()

    def write_each(self, groups: Iterable[Iterable[Statement]]) -> list[float]:
        """Seconds that each group took, each in a transaction of its own."""
        return [timed(lambda statements=statements: self.write(statements)) for statements in groups]


def schema_of(database: Path) -> list[str]:
    """What makes tables, indices and views like those of ``database``; without triggers, which only refuse."""
    with closing(sqlite3.connect(database)) as connection:
        found = connection.execute(
            "select sql from sqlite_master where sql is not null and type <> 'trigger' and name not like 'sqlite_%'"
        )
        return [sql for (sql,) in found]


def rows_per_case(database: Path, *, before: dict[str, int], count: int) -> list[list[Statement]]:
    """The rows that ``count`` cases added since ``before``, case by case, as plain inserts."""
    cases: list[list[Statement]] = [[] for _ in range(count)]
    with closing(sqlite3.connect(database)) as connection:
        for table, had in before.items():
            rows = connection.execute(f"select * from {table}").fetchall()[had:]  # noqa: S608 - our own table names
            each, left = divmod(len(rows), count)
            if not each or left:
                continue  # a counter, or nothing: no row of its own for each case
            sql = f"insert into {table} values ({', '.join('?' * len(rows[0]))})"  # noqa: S608 - the same
            for place, row in enumerate(rows):
                cases[place // each].append((sql, row))
    return cases


def row_counts(database: Path) -> dict[str, int]:
    """How many rows each table holds."""
    with closing(sqlite3.connect(database)) as connection:
        names = connection.execute(
            "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"
        ).fetchall()
        return {name: connection.execute(f"select count(*) from {name}").fetchone()[0] for (name,) in names}  # noqa: S608


def in_groups(statements: Sequence[Iterable[Statement]], size: int) -> list[list[Statement]]:
    """Groups of ``size`` joined: what one commit shared by so many callers would carry."""
    return [
        [statement for group in statements[first : first + size] for statement in group]
        for first in range(0, len(statements), size)
    ]


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far, its threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def peak_mebibytes(pid: int) -> float:
    """The most memory a process ever held."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise LookupError(pid)


def own_cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def utc_now() -> datetime:
    return datetime.now(UTC)
