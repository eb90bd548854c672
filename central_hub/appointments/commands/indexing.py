"""Keeping the index of bookings in step with what the offices told, and short."""

from datetime import datetime

from central_hub.appointments import queries
from central_hub.storage.transaction import Reader, Transaction
from sync.vocabulary.working_days import local_day


def is_index_behind(reader: Reader, *, now: datetime) -> bool:
    """Whether a day says something new, or the index still holds days past."""
    today = local_day(now)
    return queries.has_days_before(reader, day=today) or bool(queries.changed_days(reader, since=today))


def index_bookings(tx: Transaction, *, now: datetime) -> int:
    """Look through the days to come that say something new, and forget those past; how many there were."""
    today = local_day(now)
    changed = queries.changed_days(tx, since=today)
    for day in changed:
        queries.index_day(tx, day)
    queries.forget_before(tx, day=today)
    return len(changed)
