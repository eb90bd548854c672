"""How figures of a hall are shown, on pages and in files of both apps: columns, their names and what each means."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta

import msgspec

from sync.vocabulary.catalogue import SPHERES, Sphere
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.hall import Figures, total
from sync.vocabulary.working_days import local_day
from sync.web.formats import date_text
from sync.web.i18n import current_language, keyed
from sync.web.sheets import Cell, Sheet

DAYS_SHOWN = 7
DAYS_MAX = 366
BARS_MAX = 62  # more are too thin to see


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One figure: its name is ``figure:<key>``, what it means ``figure-meaning:<key>``; whose, where nobody's."""

    key: str
    value: Callable[[Figures], float | None]
    is_of_staff: bool = True

    @property
    def name(self) -> str:
        """The figure's name with its unit."""
        return keyed("figure", self.key)

    @property
    def meaning(self) -> str:
        """How the figure comes about, in a sentence."""
        return keyed("figure-meaning", self.key)


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a table of figures, and where its name leads, if anywhere."""

    name: str
    figures: Figures


def _share(part: float | None) -> int | None:
    return None if part is None else round(part * 100)


def _tenth(minutes: float | None) -> float | None:
    return None if minutes is None else round(minutes, 1)


COLUMNS = (
    Column(key="issued", value=lambda of: of.issued, is_of_staff=False),
    Column(key="called", value=lambda of: of.called),
    Column(key="wait", value=lambda of: _tenth(of.wait_minutes)),
    Column(key="in-target", value=lambda of: _share(of.in_target_share)),
    Column(key="past-limit", value=lambda of: of.past_limit),
    Column(key="walk", value=lambda of: _tenth(of.walk_minutes)),
    Column(key="receptions", value=lambda of: of.receptions),
    Column(key="service", value=lambda of: _tenth(of.service_minutes)),
    Column(key="long-receptions", value=lambda of: of.long_receptions),
    Column(key="served", value=lambda of: of.served),
    Column(key="no-show", value=lambda of: of.no_show),
    Column(key="left", value=lambda of: of.left, is_of_staff=False),
)
OWN_COLUMNS = tuple(column for column in COLUMNS if column.is_of_staff)


def days_asked(since: date | None, until: date | None, *, now: datetime) -> tuple[date, date]:
    """The days asked for, a week up to today where none are named; raises InvalidInput."""
    last = until or local_day(now)
    first = since or last - timedelta(days=DAYS_SHOWN - 1)
    if not timedelta() <= last - first < timedelta(days=DAYS_MAX):
        raise InvalidInput(field="since", rule="date-range", minimum=(last - timedelta(days=DAYS_MAX - 1)).isoformat())
    return first, last


def line_name(key: str, *, by: str) -> str:
    """What the line of a ``day``, an ``hour`` or a ``sphere`` is called."""
    if by == "day":
        return date_text(date.fromisoformat(key))
    if by == "hour":
        return f"{int(key):02d}:00–{int(key) + 1:02d}:00"
    card = SPHERES[Sphere(key)]
    return card.name_en if current_language() == "en" else card.name_uk


def sheet_of(lines: Iterable[Line], *, columns: Sequence[Column], first: str, name: str) -> Sheet:
    """The table with its sum as a file; ``first`` heads the names of its lines."""
    shown = list(lines)
    whole = total(line.figures for line in shown)
    rows: list[list[Cell]] = [[line.name, *(column.value(line.figures) for column in columns)] for line in shown]
    rows.append([keyed("figure", "total"), *(column.value(whole) for column in columns)])
    return Sheet(
        name=name,
        heads=[first, *(column.name for column in columns)],
        rows=rows,
        notes=[(column.name, column.meaning) for column in columns],
    )


def file_name(since: date, until: date) -> str:
    """``hall-2026-11-01-2026-11-21``."""
    return f"hall-{since.isoformat()}-{until.isoformat()}"
