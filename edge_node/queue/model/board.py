"""The queue as anybody may see it: numbers, desks and counts, never a person."""

from datetime import datetime

import msgspec

from edge_node.queue.model.estimate import WaitRange
from edge_node.queue.model.tickets import Language
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.ids import DeskId, TicketId
from sync.vocabulary.ticket import PriorityCategory, Purpose, TicketState


class SphereQueue(msgspec.Struct, frozen=True, kw_only=True):
    """Who waits for one sphere; ``expected`` is what a visitor who comes now would wait."""

    sphere: Sphere
    letter: str
    waiting: int
    open_desks: int
    longest_wait_seconds: int
    expected: WaitRange | None


class OpenDesk(msgspec.Struct, frozen=True, kw_only=True):
    """A desk somebody works at, with the number of the ticket that stands there."""

    id: DeskId
    number: int
    spheres: tuple[Sphere, ...]
    ticket_number: str | None
    ticket_state: TicketState | None


class LastCall(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the board."""

    sequence: int
    number: str
    desk_number: int
    called_at: datetime
    recall_count: int


class QueueNow(msgspec.Struct, frozen=True, kw_only=True):
    """The whole hall at ``at``; calls newest first."""

    at: datetime
    sequence: int
    waiting: tuple[SphereQueue, ...]
    open_desks: tuple[OpenDesk, ...]
    last_calls: tuple[LastCall, ...]


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a desk's waiting list; ``due_at`` while an appointment gives a right to its hour."""

    id: TicketId
    number: str
    sphere: Sphere
    purpose: Purpose
    priority: PriorityCategory | None
    language: Language
    needs_sign_language: bool
    appointment_at: datetime | None
    due_at: datetime | None
    is_for_this_desk: bool
    issued_at: datetime
    rank_at: datetime
    transfer_count: int


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """A silent alarm that nobody has answered yet."""

    sequence: int
    at: datetime
    desk_id: DeskId
    desk_number: int


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A waiting ticket's place."""

    ahead: int
    expected: WaitRange | None
