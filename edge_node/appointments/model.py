"""Appointments as this node holds them, and why something is refused."""

from datetime import date, datetime

import msgspec

from sync.vocabulary.booking import Booking, OpenDay
from sync.vocabulary.errors import NotFound, Refusal
from sync.vocabulary.ids import OfficeId, ProviderId, StaffId
from sync.vocabulary.rights import NODE_ITSELF
from sync.vocabulary.staff import Role


class NodeItself(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts where nobody is signed in: a visitor at the kiosk, or the office's computer by its own rules."""

    office_id: OfficeId
    staff_id: StaffId = NODE_ITSELF
    roles: frozenset[Role] = frozenset()
    provider_id: ProviderId | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One booking of a day's list: when, who, and whether it still fits the rules; personal data."""

    begins_at: datetime
    minutes: int
    booking: Booking
    document_id: str
    group: str
    is_ours: bool
    fits: bool


class DaySheet(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody who has an appointment on a day, by time."""

    day: date
    lines: tuple[Line, ...]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A booking by its code, and its day."""

    day: OpenDay
    booking: Booking


class BookingLink(msgspec.Struct, frozen=True, kw_only=True):
    """Which booking of which day a slip's link opens."""

    link: str
    document_id: str
    code: str
    day: str


class CodeRead(msgspec.Struct, frozen=True, kw_only=True):
    """The code of a booking, out of what was typed or read; ``linked`` where its slip was printed here."""

    code: str
    linked: BookingLink | None


class DayNotOpen(NotFound):
    """No such day is open for appointments at this office."""


class HubNotMet(Refusal):
    """The city has never been heard: there is nobody to give seats to."""


class CameTooEarly(Refusal):
    """The visitor may report from a while before the hour booked."""


class CameTooLate(Refusal):
    """The grace after the hour booked is over: the visitor takes an ordinary ticket."""


class BookedElsewhere(Refusal):
    """The city booked these seats: it cancels them itself, by the link that the visitor has."""
