"""What a node tells the hub of this minute: never logged, gone in seconds."""

import hashlib
from datetime import datetime

import msgspec

from sync.vocabulary.ids import OfficeId
from sync.vocabulary.ticket import TicketState

LIVE_TICKETS_MAX = 300  # those that somebody follows on a telephone: at most 20 kB in two seconds


class LiveTicket(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A ticket that its visitor follows from outside the office; ``key`` is made of what opens its page.

    ``minutes`` is the range it may still wait.
    """

    key: str
    number: str
    state: TicketState
    ahead: int = 0
    minutes: tuple[int, int] | None = None
    desk_number: int | None = None


def ticket_key(token: str) -> str:
    """By what the hub knows a ticket: it never holds what opens one."""
    return hashlib.sha256(token.encode()).hexdigest()[:32]


class LiveState(msgspec.Struct, frozen=True, kw_only=True):
    """An office at ``taken_at``: counts only, no person in it.

    ``waiting`` is by sphere id. ``average_wait_seconds`` is over tickets called today. ``devices_down`` are families
    of devices. ``backlog_*`` is what the hub has not acknowledged yet. ``tickets`` are those followed from outside.
    """

    office_id: OfficeId
    taken_at: datetime
    waiting: dict[str, int] = {}
    open_desks: int = 0
    longest_wait_seconds: int = 0
    average_wait_seconds: int = 0
    average_service_seconds: int = 0
    devices_down: tuple[str, ...] = ()
    backlog_count: int = 0
    backlog_oldest_seconds: int = 0
    tickets_today: int = 0
    served_today: int = 0
    cases_today: int = 0
    issued_today: int = 0
    tickets: tuple[LiveTicket, ...] = ()

    @property
    def waiting_total(self) -> int:
        """People waiting in all spheres."""
        return sum(self.waiting.values())
