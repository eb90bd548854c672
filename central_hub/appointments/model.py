"""What is asked of a day of appointments at the hub, and why it is refused."""

from datetime import date, datetime, time
from typing import Annotated

import msgspec

from sync.vocabulary.appointment import Side
from sync.vocabulary.appointment_rules import SLOT_MINUTES
from sync.vocabulary.booking import Booking, OpenDay
from sync.vocabulary.catalogue import AdministrativeService
from sync.vocabulary.errors import NotFound, Refusal
from sync.vocabulary.ids import OfficeId

DESKS_MAX = 50
SLOTS_MAX = 100
REASONS_CHARACTERS_MAX = 500

Slot = Annotated[str, msgspec.Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Desks = Annotated[int, msgspec.Meta(ge=0, le=DESKS_MAX)]


class DayPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A day to open: its slots, and of the desks in each how many the hub and the office book.

    ``is_surely_new``: after a restore of the hub a person answers for it that this day was not opened before.
    """

    office_id: Annotated[OfficeId, msgspec.Meta(pattern="^[A-Z]{3}$")]
    day: date
    group: Annotated[str, msgspec.Meta(pattern="^[a-z_]{1,16}$")] = "all"
    slots: Annotated[tuple[Slot, ...], msgspec.Meta(min_length=1, max_length=SLOTS_MAX)]
    hub_desks: Desks
    office_desks: Desks
    slot_minutes: Annotated[int, msgspec.Meta(ge=5, le=240)] = SLOT_MINUTES
    is_surely_new: bool = False


class Reclaim(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Take back the seats of a side that ended; a person answers for it that nothing was sold unheard, and says why."""

    side: Annotated[Side, msgspec.Meta(min_length=1, max_length=60)]
    reasons: Annotated[str, msgspec.Meta(min_length=1, max_length=REASONS_CHARACTERS_MAX)]


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, and whose days they may touch; ``office_id`` ``None``: every office's."""

    staff_id: str
    office_id: str | None
    key: str | None = None  # of idempotency


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """A node in the incarnation it speaks as now."""

    node_id: str
    incarnation: str


class Linked(msgspec.Struct, frozen=True, kw_only=True):
    """A booking as its link opens it; ``is_ours``: the hub sold it and may change it. Personal data."""

    day: OpenDay
    booking: Booking
    is_ours: bool


class IndexedBooking(msgspec.Struct, frozen=True, kw_only=True):
    """A booking as the index keeps it."""

    booking_id: str
    document_id: str
    begins_at: datetime
    is_awaited: bool
    person_key: str
    link_hash: str


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A time at an office, for a service, asked from ``source`` (where it came from, under the hub's seal)."""

    office_id: OfficeId
    day: date
    slot: time
    service: AdministrativeService
    source: str


class BookingUnknown(NotFound):
    """This link opens no booking: it was cancelled, or its day is long past."""


class BookingOver(Refusal):
    """Its hour has come, or the visitor was there: nothing is changed or cancelled any more."""


class SoldByOffice(Refusal):
    """The office itself made this booking: it changes and cancels it, by telephone."""


class DayAlreadyOpen(Refusal):
    """This day of the office is open for appointments."""


class DayMayBeOpen(Refusal):
    """The hub was restored from a backup and may have opened this day before: a person must be sure that it did not."""


class DayNotOpen(NotFound):
    """No such day is open for appointments."""


class OfficeHasNoNode(Refusal):
    """No node of this office speaks to the hub: nobody there could book its share."""


class SideLives(Refusal):
    """Only the seats of a side that ended are taken back; a living one gives them away itself."""
