"""Finding what a command is about, and refusing who may not touch it."""

from edge_node.queue import queries
from edge_node.queue.model import (
    Desk,
    DeskNotFound,
    DeskOfAnother,
    Ticket,
    TicketNotAtDesk,
    TicketNotCalled,
    TicketNotFound,
    TicketNotServing,
)
from sync.storage import Transaction
from sync.vocabulary.ids import DeskId, StaffId, TicketId
from sync.vocabulary.ticket import TicketState


def find_ticket(tx: Transaction, *, ticket_id: TicketId) -> Ticket:
    """The ticket; raises TicketNotFound."""
    ticket = queries.ticket(tx, ticket_id=ticket_id)
    if ticket is None:
        raise TicketNotFound
    return ticket


def find_desk(tx: Transaction, *, desk_id: DeskId) -> Desk:
    """The desk; raises DeskNotFound."""
    desk = queries.desk(tx, desk_id=desk_id)
    if desk is None:
        raise DeskNotFound
    return desk


def own_desk(tx: Transaction, *, desk_id: DeskId, by: StaffId) -> Desk:
    """The desk, which ``by`` works at; raises DeskNotFound, DeskOfAnother."""
    desk = find_desk(tx, desk_id=desk_id)
    if desk.occupant_id != by:
        raise DeskOfAnother(desk_number=desk.number)
    return desk


def called_here(tx: Transaction, *, ticket_id: TicketId, by: StaffId) -> tuple[Ticket, Desk]:
    """A ticket called to the desk of ``by``; raises TicketNotFound, TicketNotCalled, DeskOfAnother."""
    ticket = find_ticket(tx, ticket_id=ticket_id)
    if ticket.state is not TicketState.CALLED or ticket.desk_id is None:
        raise TicketNotCalled(ticket_number=ticket.number)
    return ticket, own_desk(tx, desk_id=ticket.desk_id, by=by)


def served_here(tx: Transaction, *, ticket_id: TicketId, by: StaffId) -> tuple[Ticket, Desk]:
    """A ticket served at the desk of ``by``; raises TicketNotFound, TicketNotServing, DeskOfAnother."""
    ticket = find_ticket(tx, ticket_id=ticket_id)
    if ticket.state is not TicketState.SERVING or ticket.desk_id is None:
        raise TicketNotServing(ticket_number=ticket.number)
    return ticket, own_desk(tx, desk_id=ticket.desk_id, by=by)


def standing_here(tx: Transaction, *, ticket_id: TicketId, by: StaffId) -> tuple[Ticket, Desk]:
    """A ticket called to the desk of ``by`` or served there; raises TicketNotFound, TicketNotAtDesk, DeskOfAnother."""
    ticket = find_ticket(tx, ticket_id=ticket_id)
    if ticket.state not in {TicketState.CALLED, TicketState.SERVING} or ticket.desk_id is None:
        raise TicketNotAtDesk(ticket_number=ticket.number)
    return ticket, own_desk(tx, desk_id=ticket.desk_id, by=by)
