"""Setting desks up, taking one, resting, leaving it."""

from collections.abc import Iterable
from datetime import datetime

from edge_node.queue import queries
from edge_node.queue.commands.days import end_past_days
from edge_node.queue.commands.finding import find_desk, find_ticket, own_desk
from edge_node.queue.model import (
    BreakReason,
    Desk,
    DeskAlreadyChosen,
    DeskAssigned,
    DeskClosed,
    DeskHasOpenTicket,
    DeskLeft,
    DeskNotOnBreak,
    DeskOpened,
    DeskPaused,
    DeskPlan,
    DeskResumed,
    DeskTaken,
    Facts,
    Happening,
    SphereLeftAlone,
    Ticket,
    TicketTransferred,
)
from sync.ambient import Ids
from sync.storage import Transaction
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.ids import DeskId, StaffId


def set_up_desks(tx: Transaction, plans: Iterable[DeskPlan], *, ids: Ids) -> list[Desk]:
    """Give the office these desks; a number that stands already keeps its desk and gets the new skills."""
    for plan in plans:
        queries.put_desk(tx, desk_id=DeskId(ids.new()), plan=plan)
    return queries.desks(tx)


def occupy_desk(tx: Transaction, *, desk_id: DeskId, by: StaffId, now: datetime) -> Desk:
    """Take a desk and open it; taking it twice changes nothing. Ends what earlier days left unended.

    Raises:
        DeskNotFound: no such desk.
        DeskTaken: another administrator works there.
        DeskAlreadyChosen: this administrator works at another desk.
    """
    desk = find_desk(tx, desk_id=desk_id)
    if desk.occupant_id == by:
        return desk
    if desk.occupant_id is not None:
        raise DeskTaken(desk_number=desk.number)
    chosen = queries.desk_of(tx, staff_id=by)
    if chosen is not None:
        raise DeskAlreadyChosen(desk_number=chosen.number)
    end_past_days(tx, now=now)
    queries.set_occupant(tx, desk_id=desk_id, staff_id=by, now=now)
    sequence = queries.add_to_log(tx, kind=Happening.OPENED, now=now, desk_id=desk_id, staff_id=by)
    tx.emit(DeskOpened(sequence=sequence, desk_id=desk_id, desk_number=desk.number))
    return find_desk(tx, desk_id=desk_id)


def leave_desk(tx: Transaction, *, desk_id: DeskId, by: StaffId, now: datetime) -> Desk:
    """Leave a desk and close it; who was sent to it waits for any desk of the sphere, with the same paper.

    Raises:
        DeskNotFound: no such desk.
        DeskOfAnother: somebody else, or nobody, works there.
        DeskHasOpenTicket: a ticket stands there.
    """
    desk = own_desk(tx, desk_id=desk_id, by=by)
    standing = queries.ticket_at_desk(tx, desk_id=desk_id)
    if standing is not None:
        raise DeskHasOpenTicket(ticket_number=standing.number)
    return _close(tx, desk, by=by, now=now)


def close_desk(tx: Transaction, *, desk_id: DeskId, by: StaffId, now: datetime) -> Desk:
    """Close the desk of somebody who is gone; who stands there waits again, first in line, with the same paper.

    Raises DeskNotFound, DeskClosed.
    """
    desk = find_desk(tx, desk_id=desk_id)
    if desk.occupant_id is None:
        raise DeskClosed(desk_number=desk.number)
    standing = queries.ticket_at_desk(tx, desk_id=desk_id)
    if standing is not None:
        queries.mark_sent_on(tx, ticket=standing, sphere=standing.sphere, wanted_desk_id=None)
        _log_moved(tx, find_ticket(tx, ticket_id=standing.id), desk=desk, by=by, now=now)
    return _close(tx, desk, by=by, now=now)


def assign_desk(tx: Transaction, *, desk_id: DeskId, spheres: Iterable[Sphere], by: StaffId, now: datetime) -> Desk:
    """Let the desk serve these spheres from its next call on; who stands there is served to the end.

    Raises:
        DeskNotFound: no such desk.
        InvalidInput: no sphere at all; a desk that is not needed is left.
        SphereLeftAlone: people wait for a sphere that no desk would serve any more.
    """
    desk, wanted = find_desk(tx, desk_id=desk_id), frozenset(spheres)
    ordered = tuple(sphere for sphere in Sphere if sphere in wanted)
    if not ordered:
        raise InvalidInput(field="spheres", rule="required")
    if ordered == desk.spheres:
        return desk
    queries.set_spheres(tx, desk_id=desk_id, spheres=ordered)
    waiting = {ticket.sphere for ticket in queries.waiting_since(tx, before=now, day=queries.first_day(tx, now=now))}
    alone = [sphere for sphere in desk.spheres if sphere in waiting and not queries.is_served(tx, sphere=sphere)]
    if alone:
        raise SphereLeftAlone(sphere=alone[0].value)
    facts = Facts(spheres_before=desk.spheres, spheres=ordered)
    sequence = queries.add_to_log(tx, kind=Happening.DESK_ASSIGNED, now=now, desk_id=desk_id, staff_id=by, facts=facts)
    tx.emit(DeskAssigned(sequence=sequence, desk_id=desk_id, desk_number=desk.number))
    return find_desk(tx, desk_id=desk_id)


def begin_break(tx: Transaction, *, desk_id: DeskId, reason: BreakReason, by: StaffId, now: datetime) -> Desk:
    """Call nobody for a while; who was sent to this desk keeps waiting for it.

    Raises DeskNotFound, DeskOfAnother, DeskHasOpenTicket.
    """
    desk = own_desk(tx, desk_id=desk_id, by=by)
    standing = queries.ticket_at_desk(tx, desk_id=desk_id)
    if standing is not None:
        raise DeskHasOpenTicket(ticket_number=standing.number)
    queries.set_break(tx, desk_id=desk_id, reason=reason, now=now)
    sequence = queries.add_to_log(tx, kind=Happening.BREAK_BEGAN, now=now, desk_id=desk_id, staff_id=by, reason=reason)
    tx.emit(DeskPaused(sequence=sequence, desk_id=desk_id, desk_number=desk.number))
    return find_desk(tx, desk_id=desk_id)


def end_break(tx: Transaction, *, desk_id: DeskId, by: StaffId, now: datetime) -> Desk:
    """Work again; raises DeskNotFound, DeskOfAnother, DeskNotOnBreak."""
    desk = own_desk(tx, desk_id=desk_id, by=by)
    if desk.break_reason is None:
        raise DeskNotOnBreak(desk_number=desk.number)
    queries.set_break(tx, desk_id=desk_id, reason=None, now=None)
    sequence = queries.add_to_log(
        tx, kind=Happening.BREAK_ENDED, now=now, desk_id=desk_id, staff_id=by, reason=desk.break_reason
    )
    tx.emit(DeskResumed(sequence=sequence, desk_id=desk_id, desk_number=desk.number))
    return find_desk(tx, desk_id=desk_id)


def _close(tx: Transaction, desk: Desk, *, by: StaffId, now: datetime) -> Desk:
    for ticket in queries.waiting_only_for(tx, desk_id=desk.id):
        queries.free_from_desk(tx, ticket_id=ticket.id)
        _log_moved(tx, ticket, desk=desk, by=by, now=now)
    queries.set_occupant(tx, desk_id=desk.id, staff_id=None, now=None)
    sequence = queries.add_to_log(tx, kind=Happening.LEFT_DESK, now=now, desk_id=desk.id, staff_id=by)
    tx.emit(DeskLeft(sequence=sequence, desk_id=desk.id, desk_number=desk.number))
    return find_desk(tx, desk_id=desk.id)


def _log_moved(tx: Transaction, ticket: Ticket, *, desk: Desk, by: StaffId, now: datetime) -> None:
    sequence = queries.add_to_log(
        tx,
        kind=Happening.TRANSFERRED,
        now=now,
        ticket=ticket,
        desk_id=desk.id,
        staff_id=by,
        reason="desk-closed",
        facts=Facts(until=ticket.parked_until),
    )
    tx.emit(TicketTransferred(sequence=sequence, ticket_id=ticket.id, number=ticket.number, sphere=ticket.sphere))
