"""Hearing the figures of an office's hall."""

from datetime import datetime, timedelta

from central_hub.storage import halls, replica
from central_hub.storage.transaction import Transaction
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.hall import HallHeld, HallReport
from sync.vocabulary.working_days import local_day


def hear_halls(tx: Transaction, *, office_id: str, report: HallReport, now: datetime) -> HallHeld:
    """Keep the days that are newer than those held; told twice, or late, they change nothing.

    Raises InvalidInput: a day that has not begun anywhere yet, or an hour told twice.
    """
    for told in report.days:
        if told.day > local_day(now) + timedelta(days=1):
            raise InvalidInput(field="day", rule="date-range", minimum=local_day(now).isoformat())
        if len({(hour.hour, hour.sphere) for hour in told.hours}) < len(told.hours):
            raise InvalidInput(field="hours", rule="structure")
        if told.revision > halls.held_revision(tx, office_id=office_id, day=told.day):
            halls.hold_day(tx, told, office_id=office_id, now=now)
    return HallHeld(hub_incarnation=replica.current(tx).incarnation)
