"""Taking a ticket, and giving it up."""

from datetime import datetime

from edge_node.catalogue import queries as catalogue
from edge_node.catalogue.model import UnknownOffice
from edge_node.queue import queries
from edge_node.queue.commands.days import end_past_days
from edge_node.queue.commands.finding import find_ticket
from edge_node.queue.model import (
    Facts,
    Happening,
    IssuingStopped,
    QueueFull,
    SphereNotServed,
    Ticket,
    TicketFinished,
    TicketIssued,
    TicketNotFound,
    TicketNotWaiting,
    WaitRange,
    Wish,
    closes_at,
    fresh_ticket,
    is_called_before,
    ticket_number,
)
from sync.ambient import Ids
from sync.storage import Transaction
from sync.vocabulary.ids import OfficeId, StaffId, TicketId
from sync.vocabulary.ticket import TicketState
from sync.vocabulary.working_days import local_day

WAITING_MAX = 1000  # four hours of the largest office with all its desks open: past it a ticket is an empty promise
COUNT_MAX = 9999  # four digits are what the board and a tired person can hold
_WAITS = frozenset({TicketState.WAITING, TicketState.PARKED})


def issue_ticket(
    tx: Transaction, *, wish: Wish, token: str, now: datetime, ids: Ids, appointment_at: datetime | None = None
) -> Ticket:
    """Take the next number of the sphere for today; the ticket waits from ``now``.

    ``token`` is random and opens the ticket's page: ids will not do, two of one millisecond are neighbours.
    ``appointment_at`` is the hour booked by who checks in with this ticket, early, late or in time (``model.due_at``).

    Raises:
        SphereNotServed: no desk of this office serves the sphere.
        QueueFull: ``WAITING_MAX`` people wait already, or the numbers of the day ran out.
    """
    if not queries.is_served(tx, sphere=wish.sphere):
        raise SphereNotServed(sphere=wish.sphere.value)
    count = queries.draw_count(tx, sphere=wish.sphere, day=local_day(now))
    if count == 1:  # the first of the sphere today
        end_past_days(tx, now=now)
    if count > COUNT_MAX or queries.is_full(tx, since=queries.first_day(tx, now=now), waiting_max=WAITING_MAX):
        raise QueueFull
    number = ticket_number(wish.sphere, count)
    ticket = fresh_ticket(
        wish, ticket_id=TicketId(ids.new()), number=number, token=token, now=now, appointment_at=appointment_at
    )
    queries.add_ticket(tx, ticket)
    sequence = queries.add_to_log(tx, kind=Happening.ISSUED, now=now, ticket=ticket, facts=_wanted(ticket))
    tx.emit(TicketIssued(sequence=sequence, ticket_id=ticket.id, number=ticket.number, sphere=ticket.sphere))
    return ticket


def refuse_past_closing(tx: Transaction, *, expected: WaitRange | None, office_id: OfficeId, now: datetime) -> None:
    """Refuse a ticket that would not be called before the office closes, unless the head of the office allows it today.

    Asked after the issue, in its transaction: a refusal takes the number back. An office whose hours nobody has
    verified refuses nobody. Raises IssuingStopped.
    """
    if expected is None or queries.rules(tx).issues_past_closing_on == local_day(now):
        return
    try:
        office = catalogue.office(tx, office_id=office_id)
    except UnknownOffice:
        return
    closing = closes_at(office, now=now)
    if closing is not None and not is_called_before(closing, expected=expected, now=now):
        raise IssuingStopped(closes_at=closing.hour)


def give_up_ticket(tx: Transaction, *, token: str, now: datetime) -> Ticket:
    """The visitor will not wait: asked on the ticket's own page, or at the kiosk.

    Raises:
        TicketNotFound: the token opens no ticket.
        TicketNotWaiting: it was called already, or has ended.
    """
    ticket = queries.ticket_by_token(tx, token=token)
    if ticket is None:
        raise TicketNotFound
    return _leave(tx, ticket, kind=Happening.CANCELLED, by=None, now=now)


def cancel_ticket(tx: Transaction, *, ticket_id: TicketId, by: StaffId, now: datetime) -> Ticket:
    """Staff take a waiting ticket back at the visitor's word; raises TicketNotFound, TicketNotWaiting."""
    return _leave(tx, find_ticket(tx, ticket_id=ticket_id), kind=Happening.CANCELLED, by=by, now=now)


def note_left(tx: Transaction, *, ticket_id: TicketId, by: StaffId, now: datetime) -> Ticket:
    """Staff saw that a waiting visitor has gone without a word; raises TicketNotFound, TicketNotWaiting."""
    return _leave(tx, find_ticket(tx, ticket_id=ticket_id), kind=Happening.LEFT, by=by, now=now)


def _leave(tx: Transaction, ticket: Ticket, *, kind: Happening, by: StaffId | None, now: datetime) -> Ticket:
    if ticket.state not in _WAITS:
        raise TicketNotWaiting(ticket_number=ticket.number)
    queries.mark_ended(tx, ticket_id=ticket.id, state=TicketState(kind), now=now)
    sequence = queries.add_to_log(tx, kind=kind, now=now, ticket=ticket, staff_id=by)
    tx.emit(TicketFinished(sequence=sequence, ticket_id=ticket.id, number=ticket.number))
    return find_ticket(tx, ticket_id=ticket.id)


def _wanted(ticket: Ticket) -> Facts:
    return Facts(
        number=ticket.number,
        purpose=ticket.purpose,
        priority=ticket.priority,
        language=ticket.language,
        needs_sign_language=ticket.needs_sign_language,
        appointment_at=ticket.appointment_at,
    )
