"""The score of a ticket, kept as the moment it is ranked by.

score at a moment = time waited + head start of the priority class + credit after transfers = moment - ``rank_at``

All scores grow alike, second by second (ageing), so their order never changes by waiting alone: the lowest ``rank_at``
has the highest score now and at any later moment, and an index over ``rank_at`` answers whose turn it is.
"""

from datetime import datetime, timedelta

from sync.vocabulary.ticket import PriorityCategory

HEAD_START_BY_LAW = timedelta(minutes=45)  # the longest wait the rules allow: past it, nobody is overtaken
HEAD_START_BY_HOUSE_RULE = timedelta(minutes=30)  # infants and great age: a custom of the hall, behind the laws
TRANSFER_CREDIT = timedelta(minutes=10)  # who was sent on has stood in a line already
TRANSFERS_CREDITED_MAX = 2  # more would let a ticket overtake who came half an hour before
APPOINTMENT_GRACE = timedelta(minutes=15)  # later than this the appointment is lost, and the visitor waits as others do
_HOUSE_RULE = frozenset({PriorityCategory.INFANT, PriorityCategory.ELDERLY})


def head_start(priority: PriorityCategory | None) -> timedelta:
    """How much earlier a declared right to priority counts as having come."""
    if priority is None:
        return timedelta(0)
    return HEAD_START_BY_HOUSE_RULE if priority in _HOUSE_RULE else HEAD_START_BY_LAW


def transfer_credit(transfers: int) -> timedelta:
    """How much earlier a ticket counts after it was sent on ``transfers`` times."""
    return TRANSFER_CREDIT * min(transfers, TRANSFERS_CREDITED_MAX)


def rank_at(issued_at: datetime, *, priority: PriorityCategory | None, transfers: int = 0) -> datetime:
    """The moment a ticket is ranked by; the lowest is called first."""
    return issued_at - head_start(priority) - transfer_credit(transfers)


def due_at(appointment_at: datetime | None, *, now: datetime) -> datetime | None:
    """The hour from which an appointment checked in at ``now`` goes first; ``None`` where there is no right to it.

    Who comes early waits for the hour. Who comes up to ``APPOINTMENT_GRACE`` late is called by the hour booked, so at
    once. Who comes later has lost the hour and waits as others do.
    """
    if appointment_at is None or now - appointment_at > APPOINTMENT_GRACE:
        return None
    return appointment_at
