"""Which days of Kharkiv are working days, as data; and the local day of a moment."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

KYIV = ZoneInfo("Europe/Kyiv")
SATURDAY = 5
_ONE_DAY = timedelta(days=1)


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
