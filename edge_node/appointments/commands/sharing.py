"""Unsold seats of the office go to the city where the city has sold its own."""

from datetime import datetime

from edge_node.appointments import queries
from edge_node.appointments.commands.recording import Actor, day_of, record
from edge_node.appointments.model import NodeItself
from sync.ambient import Ids
from sync.storage import Transaction
from sync.vocabulary.appointment import Act, AppointmentKind
from sync.vocabulary.ids import OfficeId
from sync.vocabulary.offers import seats_to_give


def share(tx: Transaction, *, document_id: str, office_id: OfficeId, now: datetime, ids: Ids) -> int:
    """Give the city a part of what lies idle here on this day; how many seats. Raises DayNotOpen."""
    by = Actor(person=NodeItself(office_id=office_id))
    day = day_of(tx, document_id, by=by)
    city = queries.city_side(tx)
    if city is None:
        return 0
    held = queries.held_seats(tx, document_id=document_id, now=now)
    surplus = seats_to_give(day.state, side=queries.own_side(tx), to=city)
    seats = [seat_id for seat_id in surplus if seat_id not in held]
    if seats:
        record(tx, day, Act(kind=AppointmentKind.GIVEN, seats=seats, facts={"to": city}), by=by, now=now, ids=ids)
    return len(seats)
