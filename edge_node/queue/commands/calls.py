"""Calling a ticket to a desk and bringing it to its end."""

from datetime import datetime

from edge_node.queue import queries
from edge_node.queue.commands.desks import find_desk, own_desk
from edge_node.queue.commands.tickets import find_ticket
from edge_node.queue.model import (
    RECALLS_MAX,
    CallReason,
    Desk,
    DeskClosed,
    DeskHasOpenTicket,
    QueueEmpty,
    RecalledTooOften,
    RecalledTooSoon,
    SphereNotServed,
    Ticket,
    TicketCalled,
    TicketFinished,
    TicketNotAtDesk,
    TicketNotCalled,
    TicketNotFound,
    TicketNotServing,
    TicketNotWaiting,
    TicketRecalled,
    TicketServing,
    TicketTransferred,
    choose,
    recall_seconds_left,
    streak_after,
)
from sync.storage import Transaction
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.ids import DeskId, StaffId, TicketId
from sync.vocabulary.ticket import TicketState
from sync.vocabulary.working_days import local_day


def call_next(tx: Transaction, *, desk_id: DeskId, by: StaffId, now: datetime) -> Ticket:
    """Call the visitor whose turn it is at this desk; the reason goes to the log.

    Raises:
        DeskNotFound, DeskOfAnother: the desk is not this administrator's.
        DeskHasOpenTicket: the visitor called before is not done yet.
        QueueEmpty: nobody this desk may serve is waiting.
    """
    desk = _free_desk(tx, desk_id=desk_id, by=by)
    day = local_day(now)
    first = queries.first_in_turn(tx, desk=desk, day=day)
    if first is None:
        raise QueueEmpty(desk_number=desk.number)
    first_ordinary = queries.first_ordinary_in_turn(tx, desk=desk, day=day) if desk.priority_streak else None
    ticket, reason = choose(first, first_ordinary=first_ordinary, desk=desk)
    return _call(tx, ticket, desk=desk, reason=reason, now=now)


def call_number(tx: Transaction, *, desk_id: DeskId, number: str, by: StaffId, now: datetime) -> Ticket:
    """Call one waiting visitor out of turn; the log says so.

    Raises:
        DeskNotFound, DeskOfAnother, DeskHasOpenTicket: as in ``call_next``.
        TicketNotFound: no such number today.
        TicketNotWaiting: it was called already, or has ended.
    """
    desk = _free_desk(tx, desk_id=desk_id, by=by)
    ticket = queries.ticket_by_number(tx, number=number.strip().upper(), day=local_day(now))
    if ticket is None:
        raise TicketNotFound(ticket_number=number)
    if ticket.state is not TicketState.WAITING:
        raise TicketNotWaiting(ticket_number=ticket.number)
    return _call(tx, ticket, desk=desk, reason=CallReason.BY_NUMBER, now=now)


def recall(tx: Transaction, *, ticket_id: TicketId, by: StaffId, now: datetime) -> Ticket:
    """Call the same visitor once more.

    Raises:
        TicketNotFound, TicketNotCalled, DeskOfAnother: nothing this administrator may recall.
        RecalledTooOften: three recalls were made.
        RecalledTooSoon: the visitor needs a moment to come; ``seconds`` says how long yet.
    """
    ticket, desk = _called_here(tx, ticket_id=ticket_id, by=by)
    if ticket.recall_count >= RECALLS_MAX:
        raise RecalledTooOften(ticket_number=ticket.number, maximum=RECALLS_MAX)
    seconds = recall_seconds_left(ticket, now=now)
    if seconds > 0:
        raise RecalledTooSoon(ticket_number=ticket.number, seconds=seconds)
    queries.mark_recalled(tx, ticket_id=ticket_id, now=now)
    sequence = queries.add_to_log(tx, kind="recalled", now=now, ticket=ticket, desk_id=desk.id, staff_id=by)
    tx.emit(
        TicketRecalled(
            sequence=sequence,
            ticket_id=ticket.id,
            number=ticket.number,
            desk_number=desk.number,
            language=ticket.language,
        )
    )
    return find_ticket(tx, ticket_id=ticket_id)


def start_serving(tx: Transaction, *, ticket_id: TicketId, by: StaffId, now: datetime) -> Ticket:
    """The visitor came; raises TicketNotFound, TicketNotCalled, DeskOfAnother."""
    ticket, desk = _called_here(tx, ticket_id=ticket_id, by=by)
    queries.mark_serving(tx, ticket_id=ticket_id, now=now)
    sequence = queries.add_to_log(tx, kind=TicketState.SERVING, now=now, ticket=ticket, desk_id=desk.id, staff_id=by)
    tx.emit(TicketServing(sequence=sequence, ticket_id=ticket.id, number=ticket.number))
    return find_ticket(tx, ticket_id=ticket_id)


def no_show(tx: Transaction, *, ticket_id: TicketId, by: StaffId, now: datetime) -> Ticket:
    """Nobody came; raises TicketNotFound, TicketNotCalled, DeskOfAnother."""
    ticket, desk = _called_here(tx, ticket_id=ticket_id, by=by)
    return _end(tx, ticket, desk=desk, state=TicketState.NO_SHOW, now=now)


def finish(tx: Transaction, *, ticket_id: TicketId, by: StaffId, now: datetime) -> Ticket:
    """The visitor was served; raises TicketNotFound, TicketNotServing, DeskOfAnother."""
    ticket, desk = _served_here(tx, ticket_id=ticket_id, by=by)
    return _end(tx, ticket, desk=desk, state=TicketState.SERVED, now=now)


def transfer_to_sphere(tx: Transaction, *, ticket_id: TicketId, sphere: Sphere, by: StaffId, now: datetime) -> Ticket:
    """Let the visitor wait for another sphere, with the time already waited.

    Raises:
        TicketNotFound, TicketNotAtDesk, DeskOfAnother: nothing this administrator may send on.
        SphereNotServed: no desk of this office serves the sphere.
    """
    ticket = _standing_here(tx, ticket_id=ticket_id, by=by)
    if not queries.is_served(tx, sphere=sphere):
        raise SphereNotServed(sphere=sphere.value)
    return _send_on(tx, ticket, sphere=sphere, desk_id=None, now=now)


def transfer_to_desk(tx: Transaction, *, ticket_id: TicketId, desk_id: DeskId, by: StaffId, now: datetime) -> Ticket:
    """Let the visitor wait for one desk, with the time already waited.

    Raises:
        TicketNotFound, TicketNotAtDesk, DeskOfAnother: nothing this administrator may send on.
        DeskNotFound, DeskClosed: nobody works at that desk.
    """
    ticket = _standing_here(tx, ticket_id=ticket_id, by=by)
    there = find_desk(tx, desk_id=desk_id)
    if there.occupant_id is None:
        raise DeskClosed(desk_number=there.number)
    return _send_on(tx, ticket, sphere=ticket.sphere, desk_id=desk_id, now=now)


def _free_desk(tx: Transaction, *, desk_id: DeskId, by: StaffId) -> Desk:
    desk = own_desk(tx, desk_id=desk_id, by=by)
    standing = queries.ticket_at_desk(tx, desk_id=desk_id)
    if standing is not None:
        raise DeskHasOpenTicket(ticket_number=standing.number)
    return desk


def _call(tx: Transaction, ticket: Ticket, *, desk: Desk, reason: CallReason, now: datetime) -> Ticket:
    queries.mark_called(tx, ticket_id=ticket.id, desk_id=desk.id, now=now)
    queries.set_streak(tx, desk_id=desk.id, streak=streak_after(ticket, streak=desk.priority_streak))
    sequence = queries.add_to_log(
        tx,
        kind=TicketState.CALLED,
        now=now,
        ticket=ticket,
        desk_id=desk.id,
        staff_id=desk.occupant_id,
        reason=reason,
        waited=now - ticket.issued_at,
    )
    tx.emit(
        TicketCalled(
            sequence=sequence,
            ticket_id=ticket.id,
            number=ticket.number,
            desk_number=desk.number,
            language=ticket.language,
        )
    )
    return find_ticket(tx, ticket_id=ticket.id)


def _end(tx: Transaction, ticket: Ticket, *, desk: Desk, state: TicketState, now: datetime) -> Ticket:
    queries.mark_ended(tx, ticket_id=ticket.id, state=state, now=now)
    sequence = queries.add_to_log(tx, kind=state, now=now, ticket=ticket, desk_id=desk.id, staff_id=desk.occupant_id)
    tx.emit(TicketFinished(sequence=sequence, ticket_id=ticket.id, number=ticket.number))
    return find_ticket(tx, ticket_id=ticket.id)


def _send_on(tx: Transaction, ticket: Ticket, *, sphere: Sphere, desk_id: DeskId | None, now: datetime) -> Ticket:
    queries.mark_sent_on(tx, ticket_id=ticket.id, sphere=sphere, desk_id=desk_id)
    sequence = queries.add_to_log(tx, kind="transferred", now=now, ticket=ticket, desk_id=desk_id)
    tx.emit(TicketTransferred(sequence=sequence, ticket_id=ticket.id, number=ticket.number, sphere=sphere))
    return find_ticket(tx, ticket_id=ticket.id)


def _called_here(tx: Transaction, *, ticket_id: TicketId, by: StaffId) -> tuple[Ticket, Desk]:
    ticket = find_ticket(tx, ticket_id=ticket_id)
    if ticket.state is not TicketState.CALLED or ticket.desk_id is None:
        raise TicketNotCalled(ticket_number=ticket.number)
    return ticket, own_desk(tx, desk_id=ticket.desk_id, by=by)


def _served_here(tx: Transaction, *, ticket_id: TicketId, by: StaffId) -> tuple[Ticket, Desk]:
    ticket = find_ticket(tx, ticket_id=ticket_id)
    if ticket.state is not TicketState.SERVING or ticket.desk_id is None:
        raise TicketNotServing(ticket_number=ticket.number)
    return ticket, own_desk(tx, desk_id=ticket.desk_id, by=by)


def _standing_here(tx: Transaction, *, ticket_id: TicketId, by: StaffId) -> Ticket:
    ticket = find_ticket(tx, ticket_id=ticket_id)
    if ticket.state not in {TicketState.CALLED, TicketState.SERVING} or ticket.desk_id is None:
        raise TicketNotAtDesk(ticket_number=ticket.number)
    own_desk(tx, desk_id=ticket.desk_id, by=by)
    return ticket
