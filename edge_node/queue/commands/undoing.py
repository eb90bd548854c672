"""Taking back the last act at a desk, and giving a place back to who was called in vain."""

from datetime import datetime, timedelta

from edge_node.queue import queries
from edge_node.queue.commands.finding import find_ticket, own_desk
from edge_node.queue.model import (
    CallUndone,
    Desk,
    Facts,
    Happening,
    LogEntry,
    NothingToUndo,
    RestoredAlready,
    Ticket,
    TicketNotFound,
    TicketNotMissed,
    TicketReturned,
)
from sync.storage import Reader, Transaction
from sync.vocabulary.ids import DeskId, StaffId
from sync.vocabulary.ticket import TicketState
from sync.vocabulary.working_days import local_day

UNDO_WITHIN = timedelta(minutes=1)  # a slip of the finger is seen at once; later the visitor has acted on it
_STOOD = {Happening.NO_SHOW: TicketState.CALLED, Happening.SERVED: TicketState.SERVING}


def undo_last(tx: Transaction, *, desk_id: DeskId, by: StaffId, now: datetime) -> Ticket:
    """Take back the call, the no-show or the end of serving that was the last act at this desk.

    A ticket called goes back to its place; one that was ended stands at the desk again.

    Raises:
        DeskNotFound, DeskOfAnother: the desk is not this administrator's.
        NothingToUndo: the last act is none of the three, is older than ``UNDO_WITHIN``, or the ticket has moved since.
    """
    desk = own_desk(tx, desk_id=desk_id, by=by)
    entry = _last_undoable(tx, desk=desk, now=now)
    if entry is None or entry.ticket_id is None:
        raise NothingToUndo(desk_number=desk.number)
    ticket = find_ticket(tx, ticket_id=entry.ticket_id)
    if entry.kind is Happening.CALLED:
        _uncall(tx, ticket, entry=entry, desk=desk)
    else:
        queries.mark_back(tx, ticket_id=ticket.id, state=_STOOD[entry.kind])
    facts = Facts(undoes=entry.sequence)
    sequence = queries.add_to_log(
        tx, kind=Happening.UNDONE, now=now, ticket=ticket, desk_id=desk_id, staff_id=by, facts=facts
    )
    returned = CallUndone if entry.kind is Happening.CALLED else TicketReturned
    tx.emit(returned(sequence=sequence, ticket_id=ticket.id, number=ticket.number))
    return find_ticket(tx, ticket_id=ticket.id)


def undoable(reader: Reader, *, desk: Desk, now: datetime) -> Happening | None:
    """The last act at ``desk``, while ``undo_last`` would take it back at ``now``."""
    entry = _last_undoable(reader, desk=desk, now=now)
    return None if entry is None else entry.kind


def restore(tx: Transaction, *, number: str, by: StaffId, now: datetime) -> Ticket:
    """Give the place back to a visitor of today who did not come when called: once.

    Raises:
        TicketNotFound: no such number today.
        TicketNotMissed: the ticket was not marked as no-show.
        RestoredAlready: it was given back before.
    """
    ticket = queries.ticket_by_number(tx, number=number.strip().upper(), day=local_day(now))
    if ticket is None:
        raise TicketNotFound(ticket_number=number)
    if ticket.state is not TicketState.NO_SHOW:
        raise TicketNotMissed(ticket_number=ticket.number)
    if ticket.restored_at is not None:
        raise RestoredAlready(ticket_number=ticket.number)
    queries.mark_restored(tx, ticket_id=ticket.id, now=now)
    queries.mark_waiting(tx, ticket_id=ticket.id, sphere=ticket.sphere, wanted_desk_id=None)
    sequence = queries.add_to_log(tx, kind=Happening.RESTORED, now=now, ticket=ticket, staff_id=by)
    tx.emit(TicketReturned(sequence=sequence, ticket_id=ticket.id, number=ticket.number))
    return find_ticket(tx, ticket_id=ticket.id)


def _uncall(tx: Transaction, ticket: Ticket, *, entry: LogEntry, desk: Desk) -> None:
    before = entry.facts or Facts()
    if before.until is None:
        queries.mark_waiting(tx, ticket_id=ticket.id, sphere=ticket.sphere, wanted_desk_id=before.wanted_desk_id)
    else:
        queries.mark_parked(tx, ticket_id=ticket.id, until=before.until, wanted_desk_id=before.wanted_desk_id)
    queries.set_streaks(tx, desk_id=desk.id, priority=before.priority_streak, appointment=before.appointment_streak)


def _last_undoable(reader: Reader, *, desk: Desk, now: datetime) -> LogEntry | None:
    entry = queries.last_of_desk(reader, desk_id=desk.id)
    if entry is None or entry.ticket_id is None or entry.kind not in {Happening.CALLED, *_STOOD}:
        return None
    if now - entry.at > UNDO_WITHIN or entry.staff_id != desk.occupant_id:
        return None
    newest = queries.last_of_ticket(reader, ticket_id=entry.ticket_id)
    return entry if newest is not None and newest.sequence == entry.sequence else None
