"""The appointments of one office and day: seats, each owned by exactly one side at a time, and who sits on them.

A seat is one desk for one slot. A side is one life of the hub or of a node: only the side that owns a seat books it,
and only it gives the seat away, so nobody sells a seat twice however long the sides are parted (an escrow over named
things). A side restored from a backup is another side and owns nothing: what its former life may have sold stays closed
until a person, who knows that it sold no more than the hub has heard, takes the seats back.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import date, time
from enum import StrEnum
from typing import NewType

import msgspec
from msgspec.structs import replace

from sync.vocabulary.case import CaseEvent, order
from sync.vocabulary.case.facts import text_fact
from sync.vocabulary.errors import Fact, InvalidInput, NotFound, Refusal
from sync.vocabulary.ids import OfficeId

Side = NewType("Side", str)
SeatId = NewType("SeatId", str)  # "0900-1": the slot, and which of its desks

KIND = "appointment_day"
WHOLE_OFFICE = "all"  # the group of a day whose desks serve every sphere
SEATS_MAX = 500  # 50 desks for 10 hours: the names of all fit an operation many times over
HUB = "hub"


class AppointmentKind(StrEnum):
    """What happens to seats; every event names its ``side`` and its ``seats``, separated by spaces."""

    GRANTED = "seats_granted"  # by the hub: new seats, owned by side ``to``
    GIVEN = "seats_given"  # by their owner: free seats, to side ``to``
    BOOKED = "booked"  # by their owner: under ``code``, for who gave ``name`` and ``phone``
    CANCELLED = "booking_cancelled"  # by their owner: what stands under ``code`` is free again
    RECLAIMED = "seats_reclaimed"  # by the hub, after the life ``from`` ended: its seats, with who sits on them
    ARRIVED = "visitor_arrived"  # by the office, whoever sold the seats: ``booking`` is the id of what booked them
    MISSED = "appointment_missed"  # by the office: nobody came within the grace; the booking holds no place any more


OUTCOMES = frozenset({AppointmentKind.ARRIVED, AppointmentKind.MISSED})  # they touch no seat, so nobody contests them


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One event that a side is about to write."""

    kind: AppointmentKind
    seats: list[SeatId]
    facts: dict[str, Fact]


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """Who owns a seat, and under which code it is booked; ``None``: it is free."""

    owner: Side
    code: str | None = None
    booking_id: str | None = None


class AppointmentDay(msgspec.Struct, frozen=True, kw_only=True):
    """The seats after all events; ``conflicts`` are the ids of events that no honest side could have written.

    ``outcomes``: what became of bookings, by their ids: the last that the office wrote.
    """

    seats: dict[SeatId, Seat] = {}
    conflicts: tuple[str, ...] = ()
    outcomes: dict[str, AppointmentKind] = {}

    def free(self, side: Side) -> list[SeatId]:
        """What this side may book or give away now, the earliest first."""
        return sorted(seat_id for seat_id, seat in self.seats.items() if seat.owner == side and seat.code is None)

    def seats_under(self, code: str) -> list[SeatId]:
        """The seats booked under ``code``, the earliest first; a long service has several in a row."""
        return sorted(seat_id for seat_id, seat in self.seats.items() if seat.code == code)


class SeatNotYours(Refusal):
    """The seat belongs to another side: ask it to give the seat away."""


class SeatTaken(Refusal):
    """Somebody has booked the seat."""


class BookingNotFound(NotFound):
    """Nothing is booked on this seat under this code."""


def hub_side(hub_incarnation: str) -> Side:
    """This life of the hub."""
    return Side(f"{HUB}/{hub_incarnation}")


def node_side(node_id: str, incarnation: str) -> Side:
    """This life of a node."""
    return Side(f"{node_id}/{incarnation}")


def is_of_node(side: str, *, node_id: str) -> bool:
    """Whether the side is a life of this node: what it wrote in an earlier one it may still be sending."""
    return side.startswith(f"{node_id}/")


def document_id_of(office_id: OfficeId, day: date, group: str) -> str:
    """The document of this office, day and group of desks."""
    return f"appointments.{office_id}.{day.isoformat()}.{group}"


def seats_of(slots: Iterable[time], *, desks: range) -> list[SeatId]:
    """A seat for each slot and desk number."""
    return [SeatId(f"{slot:%H%M}-{desk}") for slot in slots for desk in desks]


def keyed_event_id(key: str, *, staff_id: str, document_id: str) -> str:
    """The id of the event asked for under an Idempotency-Key: asked again, it is the same event."""
    return hashlib.sha256(f"{document_id}\n{staff_id}\n{key}".encode()).hexdigest()[:32]


def fold_day(events: Iterable[CaseEvent]) -> AppointmentDay:
    """The seats after ``events``, whatever their order of arrival and however often each came."""
    seats: dict[SeatId, Seat] = {}
    conflicts: list[str] = []
    outcomes: dict[str, AppointmentKind] = {}
    for event in sorted({event.id: event for event in events}.values(), key=order):
        if event.kind in OUTCOMES:
            outcomes[text_fact(event, "booking") or ""] = AppointmentKind(event.kind)
        elif not _step(seats, event):
            conflicts.append(event.id)
    return AppointmentDay(seats=seats, conflicts=tuple(conflicts), outcomes=outcomes)


def check_free(day: AppointmentDay, seats: Iterable[SeatId], *, side: Side) -> None:
    """Raises SeatNotYours or SeatTaken unless ``side`` may book and give away each of the seats."""
    for seat_id in seats:
        seat = day.seats.get(seat_id)
        if seat is None or seat.owner != side:
            raise SeatNotYours(seat_id=seat_id)
        if seat.code is not None:
            raise SeatTaken(seat_id=seat_id)


def check_booked(day: AppointmentDay, seat_id: SeatId, *, code: str, side: Side) -> None:
    """Raises BookingNotFound, or SeatNotYours where another side must cancel the booking."""
    seat = day.seats.get(seat_id)
    if seat is None or seat.code != code:
        raise BookingNotFound(seat_id=seat_id)
    if seat.owner != side:
        raise SeatNotYours(seat_id=seat_id)


def check_seats(seats: Iterable[SeatId]) -> None:
    """Raises InvalidInput for no seats at all, or more than a day holds."""
    count = len(list(seats))
    if not 0 < count <= SEATS_MAX:
        raise InvalidInput(field="seats", rule="between", minimum=1, maximum=SEATS_MAX)


def seats_named(event: CaseEvent) -> list[SeatId]:
    """The seats of an event."""
    return [SeatId(seat_id) for seat_id in (text_fact(event, "seats") or "").split()]


def _step(seats: dict[SeatId, Seat], event: CaseEvent) -> bool:
    """Move the seats that ``event`` may move; whether that was all it names."""
    move = _MOVES.get(event.kind)
    if move is None:  # of a newer version: kept in the document, and no seat is touched
        return True
    named = seats_named(event)
    is_lawful = bool(named)
    for seat_id in named:
        after = move(seats.get(seat_id), event)
        if after is None:
            is_lawful = False
        else:
            seats[seat_id] = after
    return is_lawful


def _side(event: CaseEvent) -> Side:
    return Side(text_fact(event, "side") or "")


def _is_free(seat: Seat | None, event: CaseEvent) -> bool:
    return seat is not None and seat.owner == _side(event) and seat.code is None


def _granted(seat: Seat | None, event: CaseEvent) -> Seat | None:
    to = text_fact(event, "to")
    return Seat(owner=Side(to)) if seat is None and to is not None else None


def _given(seat: Seat | None, event: CaseEvent) -> Seat | None:
    to = text_fact(event, "to")
    return replace(seat, owner=Side(to)) if seat is not None and _is_free(seat, event) and to is not None else None


def _booked(seat: Seat | None, event: CaseEvent) -> Seat | None:
    code = text_fact(event, "code")
    if seat is None or code is None or not _is_free(seat, event):
        return None
    return replace(seat, code=code, booking_id=event.id)


def _cancelled(seat: Seat | None, event: CaseEvent) -> Seat | None:
    if seat is None or seat.owner != _side(event) or seat.code is None or seat.code != text_fact(event, "code"):
        return None
    return Seat(owner=seat.owner)


def _reclaimed(seat: Seat | None, event: CaseEvent) -> Seat | None:
    if seat is None or seat.owner not in {text_fact(event, "from"), _side(event)}:
        return None
    return replace(seat, owner=_side(event))  # its former life may have given it here already, heard of only since


_MOVES: Mapping[str, Callable[[Seat | None, CaseEvent], Seat | None]] = {
    AppointmentKind.GRANTED: _granted,
    AppointmentKind.GIVEN: _given,
    AppointmentKind.BOOKED: _booked,
    AppointmentKind.CANCELLED: _cancelled,
    AppointmentKind.RECLAIMED: _reclaimed,
}
