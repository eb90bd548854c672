"""What is asked and answered of appointments, at the hub and in the office alike."""

from collections.abc import Iterable
from typing import Annotated

import msgspec

from sync.vocabulary.appointment import AppointmentDay, SeatId, Side
from sync.vocabulary.case import CaseEvent
from sync.vocabulary.case.facts import text_fact

NAME_CHARACTERS_MAX = 200
PHONE_CHARACTERS_MAX = 40
SEAT_CHARACTERS_MAX = 16
CODE_CHARACTERS_MAX = 16
CODE_LETTERS = 8  # of the random end of an id: read out over the telephone
SEATS_GIVEN_MAX = 200

SeatName = Annotated[SeatId, msgspec.Meta(min_length=1, max_length=SEAT_CHARACTERS_MAX)]


class BookingWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A seat for a person; asked in a body, never in an address."""

    seat_id: SeatName
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARACTERS_MAX)]
    phone: Annotated[str, msgspec.Meta(max_length=PHONE_CHARACTERS_MAX)] = ""


class Cancellation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The booking of this seat under this code is given up."""

    seat_id: SeatName
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=CODE_CHARACTERS_MAX)]


class Transfer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Seats not booked go from the side that is asked to the other one."""

    seat_ids: Annotated[tuple[SeatName, ...], msgspec.Meta(min_length=1, max_length=SEATS_GIVEN_MAX)]


class Booked(msgspec.Struct, frozen=True, kw_only=True):
    """What the person is told: come at this seat's time with this code."""

    document_id: str
    seat_id: SeatId
    code: str


class Booking(msgspec.Struct, frozen=True, kw_only=True):
    """Who sits on a seat; personal data."""

    seat_id: SeatId
    code: str
    name: str
    phone: str


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """What one side owns of a day: free seats, and how many are booked; a side that ended is closed."""

    side: Side
    is_live: bool
    free: tuple[SeatId, ...]
    booked: int


class DayShares(msgspec.Struct, frozen=True, kw_only=True):
    """A day as the staff see it, without anybody's name; ``conflicts`` counts entries that contradict the others."""

    document_id: str
    office_id: str
    day: str
    group: str
    shares: tuple[Share, ...]
    conflicts: int


def shares(day: AppointmentDay, *, live: Iterable[Side]) -> tuple[Share, ...]:
    """The seats by the side that owns them."""
    lives, owners = set(live), sorted({seat.owner for seat in day.seats.values()})
    return tuple(
        Share(
            side=owner,
            is_live=owner in lives,
            free=tuple(day.free(owner)),
            booked=sum(seat.owner == owner and seat.code is not None for seat in day.seats.values()),
        )
        for owner in owners
    )


def bookings(day: AppointmentDay, events: Iterable[CaseEvent]) -> list[Booking]:
    """Who sits where, by seat."""
    by_id = {event.id: event for event in events}
    return [
        Booking(
            seat_id=seat_id,
            code=seat.code,
            name=text_fact(by_id[seat.booking_id], "name") or "",
            phone=text_fact(by_id[seat.booking_id], "phone") or "",
        )
        for seat_id, seat in sorted(day.seats.items())
        if seat.code is not None and seat.booking_id is not None
    ]
