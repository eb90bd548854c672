"""Tickets and desks."""

from datetime import date, datetime
from enum import StrEnum

import msgspec

from edge_node.queue.model.rank import due_at, rank_at
from sync.vocabulary.catalogue import SPHERES, Sphere
from sync.vocabulary.ids import DeskId, StaffId, TicketId
from sync.vocabulary.ticket import PriorityCategory, Purpose, TicketState
from sync.vocabulary.working_days import local_day


class Language(StrEnum):
    """The language a visitor chose at the kiosk."""

    UKRAINIAN = "uk"
    ENGLISH = "en"


class BreakReason(StrEnum):
    """Why a desk calls nobody for a while; read through ``break-reason:<value>``."""

    REST = "rest"
    PAPERS = "papers"
    MEETING = "meeting"
    TECHNICAL = "technical"
    ALARM = "alarm"


class Wish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a visitor chose at the kiosk."""

    sphere: Sphere
    purpose: Purpose
    priority: PriorityCategory | None = None
    language: Language = Language.UKRAINIAN
    needs_sign_language: bool = False


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """A place in the queue; ``number`` is unique per office and day, ``id`` for ever, ``token`` opens its page.

    ``appointment_at`` is the hour booked; ``due_at`` is the same while the appointment still gives a right to be called
    at that hour. ``services_done`` counts what was served of this visit before the service of now.
    """

    id: TicketId
    number: str
    day: date
    token: str
    sphere: Sphere
    purpose: Purpose
    priority: PriorityCategory | None
    language: Language
    needs_sign_language: bool
    state: TicketState
    issued_at: datetime
    rank_at: datetime
    appointment_at: datetime | None
    due_at: datetime | None
    desk_id: DeskId | None = None
    desk_number: int | None = None
    called_at: datetime | None = None
    recalled_at: datetime | None = None
    recall_count: int = 0
    serving_at: datetime | None = None
    finished_at: datetime | None = None
    parked_until: datetime | None = None
    wanted_desk_id: DeskId | None = None
    transfer_count: int = 0
    services_done: int = 0
    restored_at: datetime | None = None


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """A numbered place of work; open while an administrator has it and takes no break.

    The streaks count what the desk called last: tickets with a right to priority since one without, appointments since
    a visitor without one.
    """

    id: DeskId
    number: int
    spheres: tuple[Sphere, ...]
    languages: tuple[Language, ...]
    signs: bool
    occupant_id: StaffId | None
    occupied_at: datetime | None
    priority_streak: int
    appointment_streak: int
    break_reason: BreakReason | None
    break_since: datetime | None


class DeskPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A desk as the office sets it up; ``signs``: somebody there speaks Ukrainian sign language."""

    number: int
    spheres: tuple[Sphere, ...]
    languages: tuple[Language, ...] = tuple(Language)
    signs: bool = False


def fresh_ticket(
    wish: Wish, *, ticket_id: TicketId, number: str, token: str, now: datetime, appointment_at: datetime | None
) -> Ticket:
    """A ticket that waits from ``now``, to the millisecond, as it is kept."""
    issued_at = now.replace(microsecond=now.microsecond // 1000 * 1000)
    return Ticket(
        id=ticket_id,
        number=number,
        day=local_day(now),
        token=token,
        sphere=wish.sphere,
        purpose=wish.purpose,
        priority=wish.priority,
        language=wish.language,
        needs_sign_language=wish.needs_sign_language,
        state=TicketState.WAITING,
        issued_at=issued_at,
        rank_at=rank_at(issued_at, priority=wish.priority),
        appointment_at=appointment_at,
        due_at=due_at(appointment_at, now=issued_at),
    )


class SkippedTickets(msgspec.Struct, frozen=True, kw_only=True):
    """Ticket numbers of a day, first to last, that nobody is given: they may be in somebody's hand already."""

    sphere: Sphere
    first: str
    last: str


def ticket_number(sphere: Sphere, count: int) -> str:
    """The letter of the sphere and three digits, four after 999: ``Р007``."""
    return f"{SPHERES[sphere].letter}{count:03d}"
