"""Putting a ticket aside for a while: the visitor fetches a paper, pays, or brings a child."""

from datetime import datetime, timedelta

from edge_node.queue import queries
from edge_node.queue.commands.finding import find_ticket, standing_here
from edge_node.queue.model import Facts, Happening, Ticket, TicketNotParked, TicketParked, TicketReturned
from sync.storage import Transaction
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.ids import DeskId, StaffId, TicketId
from sync.vocabulary.ticket import TicketState

PARKED_MINUTES_MAX = 120  # longer is another visit


def park(
    tx: Transaction, *, ticket_id: TicketId, minutes: int, only_desk_id: DeskId | None, by: StaffId, now: datetime
) -> Ticket:
    """Put the ticket at this desk aside; after ``minutes`` it waits again by itself, with the place it had.

    With ``only_desk_id`` it comes back to that desk alone, else to any of the sphere.

    Raises:
        TicketNotFound, TicketNotAtDesk, DeskOfAnother: nothing this administrator may put aside.
        InvalidInput: not between one minute and ``PARKED_MINUTES_MAX``.
    """
    if not 0 < minutes <= PARKED_MINUTES_MAX:
        raise InvalidInput(field="minutes", rule="range", minimum=1, maximum=PARKED_MINUTES_MAX)
    ticket, desk = standing_here(tx, ticket_id=ticket_id, by=by)
    until = now + timedelta(minutes=minutes)
    queries.mark_parked(tx, ticket_id=ticket_id, until=until, wanted_desk_id=only_desk_id)
    facts = Facts(until=until, wanted_desk_id=only_desk_id)
    sequence = queries.add_to_log(
        tx, kind=Happening.PARKED, now=now, ticket=ticket, desk_id=desk.id, staff_id=by, facts=facts
    )
    tx.emit(TicketParked(sequence=sequence, ticket_id=ticket.id, number=ticket.number))
    return find_ticket(tx, ticket_id=ticket_id)


def bring_back(tx: Transaction, *, ticket_id: TicketId, by: StaffId, now: datetime) -> Ticket:
    """Let a ticket that was put aside wait again before its time; raises TicketNotFound, TicketNotParked."""
    ticket = find_ticket(tx, ticket_id=ticket_id)
    if ticket.state is not TicketState.PARKED:
        raise TicketNotParked(ticket_number=ticket.number)
    return _return(tx, ticket, by=by, now=now)


def return_due(tx: Transaction, *, now: datetime) -> list[Ticket]:
    """Let every ticket wait again whose time aside is over."""
    return [_return(tx, ticket, by=None, now=now) for ticket in queries.parked(tx, until=now)]


def _return(tx: Transaction, ticket: Ticket, *, by: StaffId | None, now: datetime) -> Ticket:
    queries.mark_waiting(tx, ticket_id=ticket.id, sphere=ticket.sphere, wanted_desk_id=ticket.wanted_desk_id)
    facts = Facts(wanted_desk_id=ticket.wanted_desk_id)
    sequence = queries.add_to_log(tx, kind=Happening.RETURNED, now=now, ticket=ticket, staff_id=by, facts=facts)
    tx.emit(TicketReturned(sequence=sequence, ticket_id=ticket.id, number=ticket.number))
    return find_ticket(tx, ticket_id=ticket.id)
