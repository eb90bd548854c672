"""What is asked of a day of appointments at the hub, and why it is refused."""

from datetime import date
from typing import Annotated

import msgspec

from sync.vocabulary.appointment import AppointmentDay, Side
from sync.vocabulary.case import CaseEvent
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


class OpenDay(msgspec.Struct, frozen=True, kw_only=True):
    """A day as its document says it."""

    document_id: str
    office_id: OfficeId
    day: str
    group: str
    events: tuple[CaseEvent, ...]
    state: AppointmentDay


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """A node in the incarnation it speaks as now."""

    node_id: str
    incarnation: str


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
