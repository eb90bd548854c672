"""After a backup was brought back: no number that a visitor may hold is given twice on a day."""

from datetime import datetime, timedelta

from edge_node.queue import queries
from edge_node.queue.model import SkippedTickets, ticket_number
from sync.storage import Transaction
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.working_days import KYIV, local_day

SKIPPED_MIN = 50  # the database may have stood a little further than its last line tells
SKIPPED_A_MINUTE = 5  # a sphere's tickets: a kiosk takes ten seconds of a visitor, and the largest halls have a few
MINUTES_MAX = 10 * 60  # the longest day of an office


def skip_tickets(tx: Transaction, *, stood_at: datetime, now: datetime) -> tuple[SkippedTickets, ...]:
    """Give nobody the numbers that may have been given today after ``stood_at``; which, by sphere.

    What was given between the backup and the loss is written nowhere but on paper in the hall.
    """
    day = local_day(now)
    since = max(stood_at, datetime.combine(day, datetime.min.time(), tzinfo=KYIV))
    minutes = min(max(now - since, timedelta()) // timedelta(minutes=1), MINUTES_MAX)
    count = SKIPPED_MIN + minutes * SKIPPED_A_MINUTE
    skipped = []
    for sphere in Sphere:
        last = queries.skip_counts(tx, sphere=sphere, day=day, count=count)
        first = ticket_number(sphere, last - count + 1)
        skipped.append(SkippedTickets(sphere=sphere, first=first, last=ticket_number(sphere, last)))
    return tuple(skipped)
