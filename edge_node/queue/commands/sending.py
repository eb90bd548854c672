"""Sending a visitor on: to another sphere or desk, and from one service of a visit to the next."""

from datetime import datetime

from edge_node.queue import queries
from edge_node.queue.commands.finding import find_desk, find_ticket, served_here, standing_here
from edge_node.queue.model import (
    Desk,
    DeskClosed,
    Facts,
    Happening,
    SphereNotServed,
    Ticket,
    TicketServing,
    TicketTransferred,
)
from sync.storage import Transaction
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.ids import DeskId, StaffId, TicketId
from sync.vocabulary.ticket import Purpose


def transfer_to_sphere(tx: Transaction, *, ticket_id: TicketId, sphere: Sphere, by: StaffId, now: datetime) -> Ticket:
    """Let the visitor wait for another sphere, with the time already waited and the credit of a transfer.

    Raises:
        TicketNotFound, TicketNotAtDesk, DeskOfAnother: nothing this administrator may send on.
        SphereNotServed: no desk of this office serves the sphere.
    """
    ticket, desk = standing_here(tx, ticket_id=ticket_id, by=by)
    if not queries.is_served(tx, sphere=sphere):
        raise SphereNotServed(sphere=sphere.value)
    return _send_on(tx, ticket, sphere=sphere, wanted=None, desk=desk, now=now)


def transfer_to_desk(tx: Transaction, *, ticket_id: TicketId, desk_id: DeskId, by: StaffId, now: datetime) -> Ticket:
    """Let the visitor wait for one desk, with the time already waited and the credit of a transfer.

    Raises:
        TicketNotFound, TicketNotAtDesk, DeskOfAnother: nothing this administrator may send on.
        DeskNotFound, DeskClosed: nobody works at that desk.
    """
    ticket, desk = standing_here(tx, ticket_id=ticket_id, by=by)
    there = find_desk(tx, desk_id=desk_id)
    if there.occupant_id is None:
        raise DeskClosed(desk_number=there.number)
    return _send_on(tx, ticket, sphere=ticket.sphere, wanted=desk_id, desk=desk, now=now)


def next_service(
    tx: Transaction, *, ticket_id: TicketId, sphere: Sphere, purpose: Purpose, by: StaffId, now: datetime
) -> Ticket:
    """End one service of a visit and go on to the next with the same ticket.

    Where the desk serves the next sphere too, the visitor stays and is served at once; else they wait for it, with the
    time waited since the ticket was taken and the credit of a transfer. Each service has its own times in the log.

    Raises:
        TicketNotFound, TicketNotServing, DeskOfAnother: nobody is served here.
        SphereNotServed: no desk of this office serves the sphere.
    """
    ticket, desk = served_here(tx, ticket_id=ticket_id, by=by)
    if not queries.is_served(tx, sphere=sphere):
        raise SphereNotServed(sphere=sphere.value)
    queries.mark_next_service(tx, ticket_id=ticket_id, sphere=sphere, purpose=purpose)
    ticket = find_ticket(tx, ticket_id=ticket_id)
    facts = Facts(purpose=purpose)
    sequence = queries.add_to_log(
        tx, kind=Happening.NEXT_SERVICE, now=now, ticket=ticket, desk_id=desk.id, staff_id=by, facts=facts
    )
    if sphere in desk.spheres:
        queries.mark_serving(tx, ticket_id=ticket_id, now=now)
        sequence = queries.add_to_log(tx, kind=Happening.SERVING, now=now, ticket=ticket, desk_id=desk.id, staff_id=by)
        tx.emit(TicketServing(sequence=sequence, ticket_id=ticket.id, number=ticket.number))
    else:
        queries.mark_sent_on(tx, ticket=ticket, sphere=sphere, wanted_desk_id=None)
        tx.emit(TicketTransferred(sequence=sequence, ticket_id=ticket.id, number=ticket.number, sphere=sphere))
    return find_ticket(tx, ticket_id=ticket_id)


def _send_on(
    tx: Transaction, ticket: Ticket, *, sphere: Sphere, wanted: DeskId | None, desk: Desk, now: datetime
) -> Ticket:
    queries.mark_sent_on(tx, ticket=ticket, sphere=sphere, wanted_desk_id=wanted)
    sent = find_ticket(tx, ticket_id=ticket.id)
    sequence = queries.add_to_log(
        tx,
        kind=Happening.TRANSFERRED,
        now=now,
        ticket=sent,
        desk_id=desk.id,
        staff_id=desk.occupant_id,
        facts=Facts(wanted_desk_id=wanted),
    )
    tx.emit(TicketTransferred(sequence=sequence, ticket_id=ticket.id, number=ticket.number, sphere=sphere))
    return sent
