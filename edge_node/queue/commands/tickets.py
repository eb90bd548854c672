"""Taking a ticket, and giving it up."""

from datetime import datetime

from edge_node.queue import queries
from edge_node.queue.model import (
    QueueFull,
    SphereNotServed,
    Ticket,
    TicketFinished,
    TicketIssued,
    TicketNotFound,
    TicketNotWaiting,
    Wish,
    ticket_number,
)
from sync.ambient import Ids
from sync.storage import Transaction
from sync.vocabulary.ids import TicketId
from sync.vocabulary.ticket import TicketState
from sync.vocabulary.working_days import local_day

WAITING_MAX = 1000  # four hours of the largest office with all its desks open: past it a ticket is an empty promise
COUNT_MAX = 9999  # four digits are what the board and a tired person can hold


def issue_ticket(tx: Transaction, *, wish: Wish, token: str, now: datetime, ids: Ids) -> Ticket:
    """Take the next number of the sphere for today; the ticket waits from ``now``.

    ``token`` is random and opens the ticket's page: ids will not do, two of one millisecond are neighbours.

    Raises:
        SphereNotServed: no desk of this office serves the sphere.
        QueueFull: ``WAITING_MAX`` people wait already, or the numbers of the day ran out.
    """
    if not queries.is_served(tx, sphere=wish.sphere):
        raise SphereNotServed(sphere=wish.sphere.value)
    day = local_day(now)
    if queries.count_waiting(tx, day=day) >= WAITING_MAX:
        raise QueueFull
    count = queries.draw_count(tx, sphere=wish.sphere, day=day)
    if count > COUNT_MAX:
        raise QueueFull
    new = queries.NewTicket(id=TicketId(ids.new()), number=ticket_number(wish.sphere, count), token=token, wish=wish)
    queries.add_ticket(tx, new=new, now=now)
    ticket = find_ticket(tx, ticket_id=new.id)
    sequence = queries.add_to_log(tx, kind="issued", now=now, ticket=ticket)
    tx.emit(TicketIssued(sequence=sequence, ticket_id=ticket.id, number=ticket.number, sphere=ticket.sphere))
    return ticket


def give_up_ticket(tx: Transaction, *, token: str, now: datetime) -> Ticket:
    """The visitor will not wait: asked on the ticket's own page.

    Raises:
        TicketNotFound: the token opens no ticket.
        TicketNotWaiting: it was called already, or has ended.
    """
    ticket = queries.ticket_by_token(tx, token=token)
    if ticket is None:
        raise TicketNotFound
    if ticket.state is not TicketState.WAITING:
        raise TicketNotWaiting(ticket_number=ticket.number)
    queries.mark_ended(tx, ticket_id=ticket.id, state=TicketState.LEFT, now=now)
    sequence = queries.add_to_log(tx, kind=TicketState.LEFT, now=now, ticket=ticket)
    tx.emit(TicketFinished(sequence=sequence, ticket_id=ticket.id, number=ticket.number))
    return find_ticket(tx, ticket_id=ticket.id)


def find_ticket(tx: Transaction, *, ticket_id: TicketId) -> Ticket:
    """The ticket; raises TicketNotFound."""
    ticket = queries.ticket(tx, ticket_id=ticket_id)
    if ticket is None:
        raise TicketNotFound
    return ticket
