"""What the log of the queue says in figures: a ticket's story becomes marks, marks add up to cells."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Self

import msgspec

from edge_node.queue.model import Happening, LogEntry
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.hall import COUNTS, RECEPTION_MINUTES, WAIT_LIMIT_MINUTES, WAIT_TARGET_MINUTES, Figures
from sync.vocabulary.working_days import KYIV

_ENDS_RECEPTION = frozenset(
    {Happening.SERVED, Happening.NEXT_SERVICE, Happening.REDIRECTED, Happening.TRANSFERRED, Happening.PARKED}
)
_ENDS_SERVICE = frozenset({Happening.SERVED, Happening.NEXT_SERVICE, Happening.REDIRECTED})
_GIVES_UP = frozenset({Happening.LEFT, Happening.CANCELLED})
_MINUTE = 60


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """Where a figure belongs: the hour in which it came about, and whose it is; ``""`` where it is nobody's."""

    day: date
    hour: int
    sphere: Sphere
    desk_id: str = ""
    staff_id: str = ""

    @classmethod
    def of(cls, entry: LogEntry, *, sphere: Sphere, is_desks: bool) -> Self:
        """The cell of what ``entry`` says."""
        local = entry.at.astimezone(KYIV)
        desk_id, staff_id = (entry.desk_id or "", entry.staff_id or "") if is_desks else ("", "")
        return cls(day=local.date(), hour=local.hour, sphere=sphere, desk_id=desk_id, staff_id=staff_id)


class CellFigures(Figures, frozen=True, kw_only=True):
    """The figures of one cell."""

    day: date
    hour: int
    sphere: Sphere
    desk_id: str
    staff_id: str


class Grouping(StrEnum):
    """By what figures are put side by side; read through ``grouping:<value>``."""

    DAY = "day"
    HOUR = "hour"
    SPHERE = "sphere"
    DESK = "desk"
    STAFF = "staff"


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a table: its key (a day, an hour, a sphere, a desk's or a person's id; ``""``: nobody's)."""

    key: str
    figures: Figures


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """Days from ``since`` to ``until``, both counted; of one person only where ``staff_id`` says so."""

    since: date
    until: date
    staff_id: str | None = None


Tally = dict[Cell, dict[str, int]]


def add_story(tally: Tally, story: Iterable[LogEntry], *, sign: int) -> None:
    """Add (1) or take off (-1) what the lines of one ticket, in order, say in figures.

    A line that was taken back counts for nothing, and neither does the line that took it back.
    """
    lines = list(story)
    undone = {line.facts.undoes for line in lines if line.kind is Happening.UNDONE and line.facts is not None}
    teller = _Teller(tally, sign=sign)
    for line in lines:
        if line.kind is not Happening.UNDONE and line.sequence not in undone:
            teller.hear(line)


def nonzero(tally: Tally) -> Mapping[Cell, dict[str, int]]:
    """The cells in which something changes."""
    return {cell: counts for cell, counts in tally.items() if any(counts.values())}


class _Teller:
    """Follows one ticket from line to line."""

    def __init__(self, tally: Tally, *, sign: int) -> None:
        self._tally, self._sign = tally, sign
        self._issued_at: datetime | None = None
        self._sphere: Sphere | None = None
        self._was_called = False
        self._called_at: datetime | None = None
        self._came: LogEntry | None = None

    def hear(self, line: LogEntry) -> None:
        before = self._sphere or line.sphere
        self._sphere = line.sphere or self._sphere
        if before is None or self._sphere is None:
            return
        match line.kind:
            case Happening.ISSUED:
                self._issued_at = line.at
                self._mark(line, sphere=self._sphere, is_desks=False, issued=1)
            case Happening.CALLED:
                self._hear_call(line, sphere=self._sphere)
            case Happening.SERVING:
                self._hear_coming(line, sphere=self._sphere)
            case Happening.NO_SHOW:
                self._mark(line, sphere=before, no_show=1)
                self._called_at = None
            case kind if kind in _ENDS_RECEPTION:
                self._hear_end(line, sphere=before)
            case kind if kind in _GIVES_UP:
                if self._called_at is None and self._came is None:
                    self._mark(line, sphere=before, is_desks=False, left=1)

    def _hear_call(self, line: LogEntry, *, sphere: Sphere) -> None:
        self._called_at = line.at
        if self._was_called or self._issued_at is None:
            return
        self._was_called = True
        waited = _seconds(self._issued_at, line.at)
        self._mark(
            line,
            sphere=sphere,
            called=1,
            wait_seconds=waited,
            in_target=waited <= WAIT_TARGET_MINUTES * _MINUTE,
            past_limit=waited > WAIT_LIMIT_MINUTES * _MINUTE,
        )

    def _hear_coming(self, line: LogEntry, *, sphere: Sphere) -> None:
        if self._called_at is not None:
            self._mark(line, sphere=sphere, came=1, walk_seconds=_seconds(self._called_at, line.at))
        self._called_at, self._came = None, line

    def _hear_end(self, line: LogEntry, *, sphere: Sphere) -> None:
        came, self._came, self._called_at = self._came, None, None
        if came is None:
            return
        stayed = _seconds(came.at, line.at)
        is_long = stayed > RECEPTION_MINUTES * _MINUTE
        at_desk = msgspec.structs.replace(line, desk_id=came.desk_id, staff_id=came.staff_id)
        is_served = line.kind in _ENDS_SERVICE
        self._mark(
            at_desk, sphere=sphere, receptions=1, service_seconds=stayed, long_receptions=is_long, served=is_served
        )

    def _mark(self, line: LogEntry, *, sphere: Sphere, is_desks: bool = True, **counts: int) -> None:
        cell = self._tally.setdefault(Cell.of(line, sphere=sphere, is_desks=is_desks), dict.fromkeys(COUNTS, 0))
        for name, count in counts.items():
            cell[name] += self._sign * count


def _seconds(since: datetime, until: datetime) -> int:
    """Between two moments; a clock that was set back takes nothing off."""
    return max(0, int((until - since).total_seconds()))
