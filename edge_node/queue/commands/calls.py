"""Calling a ticket to a desk and bringing it to its end."""

from datetime import datetime

from edge_node.queue import queries
from edge_node.queue.commands.finding import called_here, find_ticket, own_desk, served_here
from edge_node.queue.commands.parking import return_due
from edge_node.queue.model import (
    RECALLS_MAX,
    CallReason,
    Choice,
    Desk,
    DeskHasOpenTicket,
    DeskOnBreak,
    Facts,
    Happening,
    QueueEmpty,
    RecalledTooOften,
    RecalledTooSoon,
    Ticket,
    TicketCalled,
    TicketFinished,
    TicketNotFound,
    TicketNotWaiting,
    TicketRecalled,
    TicketServing,
    choose,
    head_start,
    recall_seconds_left,
    streaks_after,
    transfer_credit,
)
from sync.storage import Transaction
from sync.vocabulary.ids import DeskId, StaffId, TicketId
from sync.vocabulary.ticket import TicketState
from sync.vocabulary.working_days import local_day


def call_next(tx: Transaction, *, desk_id: DeskId, by: StaffId, now: datetime) -> Ticket:
    """Call the visitor whose turn it is at this desk, by the rule of ``model.turn``; the reason goes to the log.

    Raises:
        DeskNotFound, DeskOfAnother: the desk is not this administrator's.
        DeskOnBreak: the desk takes a break.
        DeskHasOpenTicket: the visitor called before is not done yet.
        QueueEmpty: nobody this desk may serve is waiting.
    """
    desk = _free_desk(tx, desk_id=desk_id, by=by)
    return_due(tx, now=now)
    among = queries.candidates(tx, desk=desk, since=queries.first_day(tx, now=now), now=now)
    choice = choose(among, desk=desk)
    if choice is None:
        raise QueueEmpty(desk_number=desk.number)
    return _call(tx, choice, desk=desk, now=now)


def call_number(tx: Transaction, *, desk_id: DeskId, number: str, by: StaffId, now: datetime) -> Ticket:
    """Call one waiting visitor out of turn; the log says so.

    Raises:
        DeskNotFound, DeskOfAnother, DeskOnBreak, DeskHasOpenTicket: as in ``call_next``.
        TicketNotFound: no such number today.
        TicketNotWaiting: it was called already, or has ended.
    """
    desk = _free_desk(tx, desk_id=desk_id, by=by)
    ticket = queries.ticket_by_number(tx, number=number.strip().upper(), day=local_day(now))
    if ticket is None:
        raise TicketNotFound(ticket_number=number)
    if ticket.state not in {TicketState.WAITING, TicketState.PARKED}:
        raise TicketNotWaiting(ticket_number=ticket.number)
    return _call(tx, Choice(ticket=ticket, reason=CallReason.BY_NUMBER), desk=desk, now=now)


def recall(tx: Transaction, *, ticket_id: TicketId, by: StaffId, now: datetime) -> Ticket:
    """Call the same visitor once more.

    Raises:
        TicketNotFound, TicketNotCalled, DeskOfAnother: nothing this administrator may recall.
        RecalledTooOften: three recalls were made.
        RecalledTooSoon: the visitor needs a moment to come; ``seconds`` says how long yet.
    """
    ticket, desk = called_here(tx, ticket_id=ticket_id, by=by)
    if ticket.recall_count >= RECALLS_MAX:
        raise RecalledTooOften(ticket_number=ticket.number, maximum=RECALLS_MAX)
    seconds = recall_seconds_left(ticket, now=now)
    if seconds > 0:
        raise RecalledTooSoon(ticket_number=ticket.number, seconds=seconds)
    queries.mark_recalled(tx, ticket_id=ticket_id, now=now)
    sequence = queries.add_to_log(tx, kind=Happening.RECALLED, now=now, ticket=ticket, desk_id=desk.id, staff_id=by)
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
    ticket, desk = called_here(tx, ticket_id=ticket_id, by=by)
    queries.mark_serving(tx, ticket_id=ticket_id, now=now)
    sequence = queries.add_to_log(tx, kind=Happening.SERVING, now=now, ticket=ticket, desk_id=desk.id, staff_id=by)
    tx.emit(TicketServing(sequence=sequence, ticket_id=ticket.id, number=ticket.number))
    return find_ticket(tx, ticket_id=ticket_id)


def no_show(tx: Transaction, *, ticket_id: TicketId, by: StaffId, now: datetime) -> Ticket:
    """Nobody came; raises TicketNotFound, TicketNotCalled, DeskOfAnother."""
    ticket, desk = called_here(tx, ticket_id=ticket_id, by=by)
    return _end(tx, ticket, desk=desk, kind=Happening.NO_SHOW, now=now)


def finish(tx: Transaction, *, ticket_id: TicketId, by: StaffId, now: datetime) -> Ticket:
    """The visitor was served; raises TicketNotFound, TicketNotServing, DeskOfAnother."""
    ticket, desk = served_here(tx, ticket_id=ticket_id, by=by)
    return _end(tx, ticket, desk=desk, kind=Happening.SERVED, now=now)


def redirect(tx: Transaction, *, ticket_id: TicketId, to: str, by: StaffId, now: datetime) -> Ticket:
    """The visitor was sent to another authority, named by ``to``: this office has nothing to do for them.

    Raises TicketNotFound, TicketNotServing, DeskOfAnother.
    """
    ticket, desk = served_here(tx, ticket_id=ticket_id, by=by)
    return _end(tx, ticket, desk=desk, kind=Happening.REDIRECTED, now=now, facts=Facts(other=to))


def _free_desk(tx: Transaction, *, desk_id: DeskId, by: StaffId) -> Desk:
    desk = own_desk(tx, desk_id=desk_id, by=by)
    if desk.break_reason is not None:
        raise DeskOnBreak(desk_number=desk.number)
    standing = queries.ticket_at_desk(tx, desk_id=desk_id)
    if standing is not None:
        raise DeskHasOpenTicket(ticket_number=standing.number)
    return desk


def _call(tx: Transaction, choice: Choice, *, desk: Desk, now: datetime) -> Ticket:
    ticket = choice.ticket
    queries.mark_called(tx, ticket_id=ticket.id, desk_id=desk.id, now=now)
    streaks = streaks_after(ticket, reason=choice.reason, desk=desk)
    queries.set_streaks(tx, desk_id=desk.id, priority=streaks.priority, appointment=streaks.appointment)
    sequence = queries.add_to_log(
        tx,
        kind=Happening.CALLED,
        now=now,
        ticket=ticket,
        desk_id=desk.id,
        staff_id=desk.occupant_id,
        reason=choice.reason,
        waited=now - ticket.issued_at,
        facts=_why(choice, desk=desk, now=now),
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


def _why(choice: Choice, *, desk: Desk, now: datetime) -> Facts:
    """All that the choice was made of, so that it can be explained, and made again, years later."""
    ticket, other = choice.ticket, choice.passed_over
    return Facts(
        priority=ticket.priority,
        appointment_at=ticket.appointment_at,
        waited_seconds=int((now - ticket.issued_at).total_seconds()),
        head_start_seconds=int(head_start(ticket.priority).total_seconds()),
        credit_seconds=int(transfer_credit(ticket.transfer_count).total_seconds()),
        priority_streak=desk.priority_streak,
        appointment_streak=desk.appointment_streak,
        wanted_desk_id=ticket.wanted_desk_id,
        until=ticket.parked_until,
        passed_over=None if other is None else other.number,
        passed_over_seconds=None if other is None else int((now - other.rank_at).total_seconds()),
    )


def _end(
    tx: Transaction, ticket: Ticket, *, desk: Desk, kind: Happening, now: datetime, facts: Facts | None = None
) -> Ticket:
    queries.mark_ended(tx, ticket_id=ticket.id, state=TicketState(kind), now=now)
    sequence = queries.add_to_log(
        tx, kind=kind, now=now, ticket=ticket, desk_id=desk.id, staff_id=desk.occupant_id, facts=facts
    )
    tx.emit(TicketFinished(sequence=sequence, ticket_id=ticket.id, number=ticket.number))
    return find_ticket(tx, ticket_id=ticket.id)
