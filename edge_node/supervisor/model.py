"""What the wallboard shows."""

from datetime import datetime, timedelta

import msgspec

from edge_node.queue.model import Alarm, Desk, SphereQueue, Ticket
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.errors import NotFound
from sync.vocabulary.hall import WAIT_LIMIT_MINUTES, WAIT_TARGET_MINUTES
from sync.vocabulary.ids import TicketId
from sync.vocabulary.ticket import TicketState

BOUNDS = (WAIT_TARGET_MINUTES, WAIT_LIMIT_MINUTES)
IDLE_AFTER = timedelta(minutes=3)  # a desk that calls nobody so long while its visitors wait


class WaitAlert(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket that had waited ``minutes`` at ``at``; ``seen_at`` when the supervisor took note."""

    ticket_id: TicketId
    minutes: int
    at: datetime
    number: str
    sphere: Sphere
    state: TicketState | None = None
    seen_at: datetime | None = None
    seen_by: str | None = None


class WaitedTooLong(msgspec.Struct, frozen=True, kw_only=True):
    """Tickets passed a bound, or the supervisor took note of one."""


class AlertNotFound(NotFound):
    """No ticket has waited so long."""


class DeskNow(msgspec.Struct, frozen=True, kw_only=True):
    """A desk, who works there, the ticket that stands there, and since when it is as it is."""

    desk: Desk
    occupant: str | None
    ticket: Ticket | None
    since: datetime | None
    waiting: int

    def is_idle(self, *, now: datetime) -> bool:
        """Whether it calls nobody though its visitors wait."""
        is_free = self.occupant is not None and self.desk.break_reason is None and self.ticket is None
        return is_free and self.waiting > 0 and self.since is not None and now - self.since >= IDLE_AFTER


class Wallboard(msgspec.Struct, frozen=True, kw_only=True):
    """The hall at ``at``: ``late`` are those who wait past the target, ``passed`` how many passed each bound today."""

    at: datetime
    queues: tuple[SphereQueue, ...]
    desks: tuple[DeskNow, ...]
    late: tuple[Ticket, ...]
    alerts: tuple[WaitAlert, ...]
    alarms: tuple[Alarm, ...]
    passed: dict[int, int]

    @property
    def waiting(self) -> int:
        """People who wait now."""
        return sum(queue.waiting for queue in self.queues)

    @property
    def open_desks(self) -> int:
        """Desks that call visitors."""
        return sum(each.occupant is not None and each.desk.break_reason is None for each in self.desks)

    @property
    def idle_desks(self) -> int:
        """Desks that could call and do not."""
        return sum(each.is_idle(now=self.at) for each in self.desks)

    @property
    def beyond_limit(self) -> int:
        """People who wait now past the limit."""
        limit = timedelta(minutes=WAIT_LIMIT_MINUTES)
        return sum(self.at - ticket.issued_at >= limit for ticket in self.late)
