"""Tickets and desks."""

from datetime import date, datetime, timedelta
from enum import StrEnum

import msgspec

from sync.vocabulary.catalogue import SPHERES, Sphere
from sync.vocabulary.ids import DeskId, StaffId, TicketId
from sync.vocabulary.ticket import PriorityCategory, Purpose, TicketState

PRIORITY_HEAD_START = timedelta(minutes=45)  # the longest wait the rules allow: past it, priority goes no further ahead


class Language(StrEnum):
    """The language a visitor chose at the kiosk."""

    UKRAINIAN = "uk"
    ENGLISH = "en"


class CallReason(StrEnum):
    """Why this ticket and not another was called."""

    LONGEST_WAITING = "longest-waiting"
    PRIORITY = "priority"
    TURN_AFTER_PRIORITY = "turn-after-priority"
    SENT_TO_THIS_DESK = "sent-to-this-desk"
    BY_NUMBER = "by-number"


class Wish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a visitor chose at the kiosk."""

    sphere: Sphere
    purpose: Purpose
    priority: PriorityCategory | None = None
    language: Language = Language.UKRAINIAN


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """A place in the queue; ``number`` is unique per office and day, ``id`` for ever, ``token`` opens its page."""

    id: TicketId
    number: str
    day: date
    token: str
    sphere: Sphere
    purpose: Purpose
    priority: PriorityCategory | None
    language: Language
    state: TicketState
    issued_at: datetime
    rank_at: datetime
    desk_id: DeskId | None
    desk_number: int | None
    called_at: datetime | None
    recalled_at: datetime | None
    recall_count: int
    serving_at: datetime | None
    finished_at: datetime | None
    wanted_desk_id: DeskId | None


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """A numbered place of work; open while an administrator has it."""

    id: DeskId
    number: int
    spheres: tuple[Sphere, ...]
    occupant_id: StaffId | None
    occupied_at: datetime | None
    priority_streak: int


class DeskPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A desk as the office sets it up."""

    number: int
    spheres: tuple[Sphere, ...]


def rank_at(issued_at: datetime, *, priority: PriorityCategory | None) -> datetime:
    """The moment a ticket is ranked by: a right to priority counts as having come ``PRIORITY_HEAD_START`` earlier.

    So nobody starves: whoever comes more than the head start after an ordinary ticket is called after it.
    """
    return issued_at if priority is None else issued_at - PRIORITY_HEAD_START


def ticket_number(sphere: Sphere, count: int) -> str:
    """The letter of the sphere and three digits, four after 999: ``Р007``."""
    return f"{SPHERES[sphere].letter}{count:03d}"
