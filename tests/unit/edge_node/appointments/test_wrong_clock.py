"""An office whose clock went back sells its seats all the same: what it writes comes after what gave it the seats."""

from datetime import date, timedelta
from functools import partial

from edge_node.appointments import commands, queries
from edge_node.appointments.commands import Actor
from sync.documents import document as documents
from sync.replication import outbox
from sync.vocabulary.appointment import KIND, AppointmentKind, SeatId, document_id_of
from sync.vocabulary.booking import BookingWanted
from sync.vocabulary.case import CaseEvent, to_entry
from sync.vocabulary.clock import tick
from sync.vocabulary.ids import OfficeId, StaffId
from sync.vocabulary.staff import Role
from sync.web.access import SignedIn
from tests.support.front_desk import FrontDesk

SHV = OfficeId("SHV")
DAY = document_id_of(SHV, date(2026, 12, 1), "all")


def test_a_booking_follows_the_grant_of_its_seat_however_far_back_the_clock_is(desk: FrontDesk) -> None:
    now = desk.clock.now()
    granted = CaseEvent(
        id=desk.ids.new(),
        kind=AppointmentKind.GRANTED,
        clock=tick(None, now),
        at=now,
        node_id="hub",
        office_id=SHV,
        actor_id="city-clerk",
        facts={"side": "hub/1", "seats": "0900-1", "to": desk.store.read_now(queries.own_side)},
    )
    fields = {"office_id": SHV, "day": "2026-12-01", "group": "all"}
    events = {granted.id: to_entry(granted)}
    told = documents.change(None, client_id=5, fields=fields, events=events, attachments={})
    desk.store.run_now(partial(outbox.absorb, document_id=DAY, kind=KIND, updates=((5, told),)))
    clerk = SignedIn(staff_id=StaffId("oksana"), name="", roles=frozenset({Role.ADMINISTRATOR}), office_id=SHV)
    book = partial(
        commands.book,
        wanted=BookingWanted(seat_id=SeatId("0900-1"), name="Олена"),
        document_id=DAY,
        by=Actor(person=clerk),
        now=now - timedelta(days=3650),
        ids=desk.ids,
    )
    booked = desk.store.run_now(book)
    day = desk.store.read_now(partial(queries.open_day, document_id=DAY))
    assert day is not None
    assert day.state.conflicts == ()
    assert day.state.seats[booked.seat_id].code == booked.code
