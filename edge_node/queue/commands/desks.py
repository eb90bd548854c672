"""Setting desks up, taking one, leaving it."""

from collections.abc import Iterable
from datetime import datetime

from edge_node.queue import queries
from edge_node.queue.model import (
    Desk,
    DeskAlreadyChosen,
    DeskHasOpenTicket,
    DeskLeft,
    DeskNotFound,
    DeskOfAnother,
    DeskOpened,
    DeskPlan,
    DeskTaken,
)
from sync.ambient import Ids
from sync.storage import Transaction
from sync.vocabulary.ids import DeskId, StaffId
from sync.vocabulary.working_days import local_day


def set_up_desks(tx: Transaction, plans: Iterable[DeskPlan], *, ids: Ids) -> list[Desk]:
    """Give the office these desks; a number that stands already keeps its desk and gets the new spheres."""
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
    queries.end_past_days(tx, today=local_day(now), now=now)
    queries.set_occupant(tx, desk_id=desk_id, staff_id=by, now=now)
    sequence = queries.add_to_log(tx, kind="opened", now=now, desk_id=desk_id, staff_id=by)
    tx.emit(DeskOpened(sequence=sequence, desk_id=desk_id, desk_number=desk.number))
    return find_desk(tx, desk_id=desk_id)


def leave_desk(tx: Transaction, *, desk_id: DeskId, by: StaffId, now: datetime) -> Desk:
    """Leave a desk and close it; who was sent to it now waits for any desk of the sphere.

    Raises:
        DeskNotFound: no such desk.
        DeskOfAnother: somebody else, or nobody, works there.
        DeskHasOpenTicket: a ticket stands there.
    """
    desk = own_desk(tx, desk_id=desk_id, by=by)
    standing = queries.ticket_at_desk(tx, desk_id=desk_id)
    if standing is not None:
        raise DeskHasOpenTicket(ticket_number=standing.number)
    queries.free_from_desk(tx, desk_id=desk_id)
    queries.set_occupant(tx, desk_id=desk_id, staff_id=None, now=None)
    sequence = queries.add_to_log(tx, kind="left_desk", now=now, desk_id=desk_id, staff_id=by)
    tx.emit(DeskLeft(sequence=sequence, desk_id=desk_id, desk_number=desk.number))
    return find_desk(tx, desk_id=desk_id)


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
