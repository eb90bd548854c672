"""What is asked and answered of appointments, at the hub and in the office alike."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated

import msgspec

from sync.vocabulary.appointment import (
    AppointmentDay,
    AppointmentKind,
    SeatId,
    Side,
    fold_day,
    keyed_event_id,
    seats_named,
)
from sync.vocabulary.appointment_rules import SLOT_MINUTES
from sync.vocabulary.case import CaseEvent, from_entry
from sync.vocabulary.case.facts import text_fact
from sync.vocabulary.errors import Fact, IdempotencyKeyReused
from sync.vocabulary.ids import OfficeId

NAME_CHARACTERS_MAX = 200
PHONE_CHARACTERS_MAX = 40
SEAT_CHARACTERS_MAX = 16
CODE_CHARACTERS_MAX = 16
READ_CHARACTERS_MAX = 300  # the QR code of a slip may hold a whole address
CODE_LETTERS = 8  # of the random end of an id: read out over the telephone
SEATS_GIVEN_MAX = 200

SeatName = Annotated[SeatId, msgspec.Meta(min_length=1, max_length=SEAT_CHARACTERS_MAX)]


_AS_READ = str.maketrans("OILoil", "011011")  # a code has none of these letters: who reads it out or types it may


def code_as_read(text: str) -> str:
    """The code of a booking as it was given, out of what somebody typed or read out."""
    return "".join(text.split()).translate(_AS_READ).upper()


class Way(StrEnum):
    """How somebody booked."""

    INTERNET = "internet"
    TELEPHONE = "telephone"
    KIOSK = "kiosk"


class OpenDay(msgspec.Struct, frozen=True, kw_only=True):
    """A day as its document says it."""

    document_id: str
    office_id: OfficeId
    day: str
    group: str
    slot_minutes: int = SLOT_MINUTES
    events: tuple[CaseEvent, ...]
    state: AppointmentDay

    @property
    def on(self) -> date:
        """The day."""
        return date.fromisoformat(self.day)


def open_day_of(
    document_id: str, *, fields: Mapping[str, Fact], entries: Mapping[str, Mapping[str, object]]
) -> OpenDay:
    """The day that a document's fields and events describe; raises InvalidInput for events nobody can read."""
    events = tuple(from_entry(event_id, entry) for event_id, entry in entries.items())
    slot_minutes = fields.get("slot_minutes")
    return OpenDay(
        document_id=document_id,
        office_id=OfficeId(str(fields.get("office_id"))),
        day=str(fields.get("day")),
        group=str(fields.get("group")),
        slot_minutes=slot_minutes if isinstance(slot_minutes, int) else SLOT_MINUTES,
        events=events,
        state=fold_day(events),
    )


class BookingWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A seat for a person; asked in a body, never in an address."""

    seat_id: SeatName
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARACTERS_MAX)]
    phone: Annotated[str, msgspec.Meta(max_length=PHONE_CHARACTERS_MAX)] = ""

    def facts(self) -> dict[str, Fact]:
        """What the event of the booking says of the person."""
        return {"name": self.name.strip(), "phone": self.phone.strip()}


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
    """Who sits on which seats in a row, the first of them ``seat_id``; personal data.

    ``outcome`` is None until the office says what became of it; ``owner`` is the side that booked and may cancel.
    """

    booking_id: str
    seat_id: SeatId
    seat_ids: tuple[SeatId, ...]
    code: str
    name: str
    phone: str
    service_code: str
    way: str
    language: str
    owner: Side
    outcome: AppointmentKind | None = None


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


def shares_of_sides(day: OpenDay, live: Collection[Side | None]) -> DayShares:
    """The day's seats by the side that owns them."""
    seats = day.state.seats.values()
    shares = tuple(
        Share(
            side=owner,
            is_live=owner in live,
            free=tuple(day.state.free(owner)),
            booked=sum(seat.owner == owner and seat.code is not None for seat in seats),
        )
        for owner in sorted({seat.owner for seat in seats})
    )
    return DayShares(
        document_id=day.document_id,
        office_id=day.office_id,
        day=day.day,
        group=day.group,
        shares=shares,
        conflicts=len(day.state.conflicts),
    )


def event_under(day: OpenDay, key: str | None, *, staff_id: str) -> CaseEvent | None:
    """What this person did before under this Idempotency-Key."""
    if key is None:
        return None
    event_id = keyed_event_id(key, staff_id=staff_id, document_id=day.document_id)
    return next((event for event in day.events if event.id == event_id), None)


def booked_by(event: CaseEvent, wanted: BookingWanted, *, document_id: str) -> Booked:
    """The booking that the event of the same key made; raises IdempotencyKeyReused where it made another."""
    if seats_named(event) != [wanted.seat_id] or wanted.facts().items() - event.facts.items():
        raise IdempotencyKeyReused
    return Booked(document_id=document_id, seat_id=wanted.seat_id, code=str(event.facts["code"]))


def bookings(day: AppointmentDay, events: Iterable[CaseEvent]) -> list[Booking]:
    """Who sits where, by the first seat."""
    by_id = {event.id: event for event in events}
    seats: dict[str, list[SeatId]] = {}
    for seat_id, seat in sorted(day.seats.items()):
        if seat.code is not None and seat.booking_id is not None:
            seats.setdefault(seat.booking_id, []).append(seat_id)
    return [_booking(day, by_id[booking_id], seat_ids) for booking_id, seat_ids in seats.items()]


def _booking(day: AppointmentDay, event: CaseEvent, seat_ids: list[SeatId]) -> Booking:
    return Booking(
        booking_id=event.id,
        seat_id=seat_ids[0],
        seat_ids=tuple(seat_ids),
        code=text_fact(event, "code") or "",
        name=text_fact(event, "name") or "",
        phone=text_fact(event, "phone") or "",
        service_code=text_fact(event, "service") or "",
        way=text_fact(event, "way") or "",
        language=text_fact(event, "language") or "uk",
        owner=day.seats[seat_ids[0]].owner,
        outcome=day.outcomes.get(event.id),
    )
