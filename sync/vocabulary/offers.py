"""What may be booked of a day, by whom, and how long it is kept while a person decides: at the hub and in offices."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time, timedelta
from typing import Annotated

import msgspec

from sync.vocabulary.appointment import AppointmentDay, SeatId, Side
from sync.vocabulary.appointment_rules import (
    AppointmentRules,
    begins_at,
    desk_of,
    minutes_of,
    rows_of,
    seats_needed,
    seats_on,
    slot_of,
)
from sync.vocabulary.booking import NAME_CHARACTERS_MAX, PHONE_CHARACTERS_MAX, Booking, OpenDay
from sync.vocabulary.errors import NotFound, Refusal

HOLD_TIME = timedelta(minutes=10)  # to read, to type a name and a number, and to think once more
ACTIVE_MAX = 4  # [E:P15] of one person, a person being a telephone number
GIVEN_PART = 4  # a quarter of what is free goes over at once
GIVEN_MIN = 4  # below that many free seats a side keeps what it has


class SlotWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A time on a day, for a service."""

    day: date
    slot: time
    service_code: Annotated[str, msgspec.Meta(min_length=1, max_length=16)]


class Details(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who comes; asked in a body, never in an address."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARACTERS_MAX)]
    phone: Annotated[str, msgspec.Meta(min_length=1, max_length=PHONE_CHARACTERS_MAX)]


class SlotGone(Refusal):
    """Nothing is free at this time any more: somebody was quicker, or the rules have changed."""


class HoldExpired(NotFound):
    """The time was kept for ten minutes and is free again."""


class TooManyBookings(Refusal):
    """This person has as many bookings as one may have."""


class TooManyHolds(Refusal):
    """From this place too many times are kept that nobody has confirmed."""

    status = 429


class NotBookable(Refusal):
    """The office does not receive for this service by appointment."""


class FreeTimes(msgspec.Struct, frozen=True, kw_only=True):
    """The times of a day at which a side may still seat somebody for a service."""

    day: date
    slots: tuple[time, ...]


class HeldSeat(msgspec.Struct, frozen=True, kw_only=True):
    """A seat kept for who is about to book; ``code``: of the booking it became."""

    document_id: str
    seat_id: SeatId
    service_code: str
    expires_at: datetime
    code: str | None


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """Seats in a row kept for who is about to book, until ``expires_at``; ``code``: of the booking it became."""

    hold_id: str
    document_id: str
    seat_ids: tuple[SeatId, ...]
    service_code: str
    expires_at: datetime
    code: str | None = None


def hold_of(hold_id: str, seats: Sequence[HeldSeat]) -> Hold | None:
    """The seats kept under an id; ``None`` where there are none."""
    if not seats:
        return None
    return Hold(
        hold_id=hold_id,
        document_id=seats[0].document_id,
        seat_ids=tuple(seat.seat_id for seat in seats),
        service_code=seats[0].service_code,
        expires_at=seats[0].expires_at,
        code=seats[0].code,
    )


def free_rows(
    day: OpenDay,
    rules: AppointmentRules,
    *,
    side: Side,
    held: AbstractSet[SeatId],
    not_before: datetime,
    service_code: str,
) -> dict[time, tuple[SeatId, ...]]:
    """Where ``side`` can seat somebody for a service from ``not_before`` on, by the rules in force."""
    length = seats_needed(minutes_of(rules, service_code), slot_minutes=day.slot_minutes)
    offered = set(seats_on(rules, day.on, group=day.group, slot_minutes=day.slot_minutes))
    free = [seat_id for seat_id in day.state.free(side) if seat_id in offered and seat_id not in held]
    rows = rows_of(free, length=length, slot_minutes=day.slot_minutes)
    return {slot: seats for slot, seats in rows.items() if begins_at(day.on, slot) >= not_before}


def outside(day: OpenDay, rules: AppointmentRules, booked: Iterable[Booking]) -> list[Booking]:
    """Bookings that stay valid and no longer fit the rules: a person must see to them."""
    offered = set(seats_on(rules, day.on, group=day.group, slot_minutes=day.slot_minutes))
    return [each for each in booked if not offered.issuperset(each.seat_ids)]


def begins(day: OpenDay, booking: Booking) -> datetime:
    """When a booking begins."""
    return begins_at(day.on, slot_of(booking.seat_id))


def is_active(day: OpenDay, booking: Booking, *, now: datetime) -> bool:
    """Whether the person is still awaited."""
    length = timedelta(minutes=day.slot_minutes * len(booking.seat_ids))
    return booking.outcome is None and begins(day, booking) + length > now


def seats_to_give(day: AppointmentDay, *, side: Side, to: Side) -> list[SeatId]:
    """Free seats that ``side`` should let ``to`` sell: its own lie idle while the other has sold most of its own.

    Whole hours of the last desk first: so what stays and what goes both still seat long services. Empty where the other
    owns nothing (the head of the office wants it so) or either side needs what it has.
    """
    mine, theirs = day.free(side), day.free(to)
    owned = _owned(day)
    if len(mine) < GIVEN_MIN or not owned.get(to):
        return []
    is_sold_there, is_idle_here = len(theirs) * 4 <= owned[to], len(mine) * 2 >= owned[side]
    if not is_sold_there or not is_idle_here:
        return []
    count = max(1, len(mine) // GIVEN_PART)
    return sorted(sorted(mine, key=lambda seat_id: (-desk_of(seat_id), seat_id))[:count])


def _owned(day: AppointmentDay) -> Mapping[Side, int]:
    owned: dict[Side, int] = {}
    for seat in day.seats.values():
        owned[seat.owner] = owned.get(seat.owner, 0) + 1
    return owned
