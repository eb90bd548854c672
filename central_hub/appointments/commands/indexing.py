"""Keeping the index of bookings in step with what the offices told, and short."""

from datetime import datetime

from central_hub.appointments import queries
from central_hub.storage.transaction import Transaction
from sync.vocabulary.working_days import local_day


def index_bookings(tx: Transaction, *, now: datetime) -> int:
    """Look through the days to come that say something new, and forget those past; how many there were."""
    today = local_day(now)
    changed = queries.changed_days(tx, since=today)
    for day in changed:
        queries.index_day(tx, day)
    queries.forget_before(tx, day=today)
    return len(changed)
