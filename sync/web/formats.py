"""How dates, times, money and counts are written: `21.11.2026`, `14:05`, `45,42 грн`; always in the time of Kyiv."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal

from sync.web.i18n import current_language, gettext, ngettext

KYIV = ZoneInfo("Europe/Kyiv")
NO_BREAK = "\u00a0"
_MINUTES_PER_HOUR = 60


def date_text(value: date) -> str:
    """``21.11.2026``; a moment is the day it has in Kyiv."""
    return _in_kyiv(value).strftime("%d.%m.%Y")


def time_text(value: datetime) -> str:
    """``14:05`` in Kyiv."""
    return _in_kyiv(value).strftime("%H:%M")


def datetime_text(value: datetime) -> str:
    """``21.11.2026, 14:05`` in Kyiv."""
    return _in_kyiv(value).strftime("%d.%m.%Y, %H:%M")


def _in_kyiv(value: date) -> date:
    return value.astimezone(KYIV) if isinstance(value, datetime) else value


def money_text(kopecks: int) -> str:
    """``1 045,42 грн`` of an amount in kopecks, ``−45,42 грн`` of a lack; in English ``UAH 1,045.42``."""
    amount = format_decimal(Decimal(kopecks) / 100, format="#,##0.00", locale=current_language()).replace("-", "−")
    return f"UAH{NO_BREAK}{amount}" if current_language() == "en" else f"{amount}{NO_BREAK}грн"


def number_text(value: float) -> str:
    """A number with the separators of the language: ``1 234,5``."""
    return str(format_decimal(value, locale=current_language()))


def duration_text(minutes: float) -> str:
    """``менше хвилини``, ``7 хвилин``, ``1 година 5 хвилин`` of a span in minutes."""
    whole = round(minutes)
    if whole < 1:
        return gettext("less than a minute")
    hours, rest = divmod(whole, _MINUTES_PER_HOUR)
    parts = []
    if hours:
        parts.append(ngettext("%(num)s hour", "%(num)s hours", hours) % {"num": hours})
    if rest:
        parts.append(ngettext("%(num)s minute", "%(num)s minutes", rest) % {"num": rest})
    return " ".join(parts)


FILTERS = {
    "date": date_text,
    "time": time_text,
    "datetime": datetime_text,
    "money": money_text,
    "number": number_text,
    "duration": duration_text,
}
