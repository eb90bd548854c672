"""Which days of Kharkiv are working days, as data; and the local day of a moment."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

KYIV = ZoneInfo("Europe/Kyiv")
SATURDAY = 5
MARTIAL_LAW_FROM = date(2022, 2, 24)
_ONE_DAY = timedelta(days=1)
_FIXED_HOLIDAYS = ((1, 1), (3, 8), (5, 1), (5, 8), (6, 28), (7, 15), (8, 24), (10, 1), (12, 25))


class WorkingCalendar(msgspec.Struct, frozen=True, kw_only=True):
    """Weekends, holidays and moved days.

    From ``martial_law_from`` (inclusive) to ``martial_law_until`` (exclusive; None: still) a holiday is a working day
    (law 2136-IX art. 6). ``extra_working`` are Saturdays and Sundays worked in exchange.
    """

    holidays: frozenset[date] = frozenset()
    extra_working: frozenset[date] = frozenset()
    martial_law_from: date | None = None
    martial_law_until: date | None = None

    def is_martial_law(self, day: date) -> bool:
        """Whether the regime holds on ``day``."""
        begun = self.martial_law_from is not None and day >= self.martial_law_from
        return begun and (self.martial_law_until is None or day < self.martial_law_until)

    def is_working(self, day: date) -> bool:
        """Whether terms count ``day`` as a working day."""
        if day in self.extra_working:
            return True
        if day.weekday() >= SATURDAY:
            return False
        return day not in self.holidays or self.is_martial_law(day)

    def working_day_from(self, day: date) -> date:
        """``day`` itself, or the first working day after it."""
        while not self.is_working(day):
            day += _ONE_DAY
        return day


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """Local days in which the term did not run: after ``began_on`` up to ``ended_on``; still open when that is None."""

    began_on: date
    ended_on: date | None = None


def local_day(moment: datetime) -> date:
    """The calendar day of ``moment`` in Kharkiv."""
    return moment.astimezone(KYIV).date()


def public_holidays(years: Iterable[int]) -> frozenset[date]:
    """The days off of Ukraine in ``years`` (Labour Code art. 73), with the Monday after one on a weekend (art. 67).

    The list of the law as of 2025; a council's own calendar goes before it.
    """
    return frozenset(day for year in years for day in _days_off(year))


def wartime_calendar(years: Iterable[int]) -> WorkingCalendar:
    """Kharkiv's calendar under martial law, since 24.02.2022 and until it is lifted."""
    return WorkingCalendar(holidays=public_holidays(years), martial_law_from=MARTIAL_LAW_FROM)


def orthodox_easter(year: int) -> date:
    """Easter by the Julian reckoning, as a Gregorian day (Meeus, Astronomical Algorithms); 1900 … 2099."""
    a, b, c = year % 4, year % 7, year % 19
    d = (19 * c + 15) % 30
    e = (2 * a + 4 * b - d + 34) % 7
    month, day = divmod(d + e + 114, 31)
    return date(year, month, day + 1) + timedelta(days=13)


def _days_off(year: int) -> Iterator[date]:
    easter = orthodox_easter(year)
    fixed = (date(year, month, day) for month, day in _FIXED_HOLIDAYS)
    for holiday in sorted({*fixed, easter, easter + timedelta(days=49)}):
        yield holiday
        if holiday.weekday() >= SATURDAY:
            yield holiday + timedelta(days=7 - holiday.weekday())
