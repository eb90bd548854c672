"""What an administrator sees from their desk."""

from datetime import datetime

import msgspec

from edge_node.printing import queries as printing
from edge_node.printing.model import PaperKind
from edge_node.queue import queries as queue
from edge_node.queue.model import CallReason, Desk, OpenDesk, QueuePace, Ticket, Waiting
from sync.storage import Reader
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.ids import StaffId, TicketId
from sync.vocabulary.ticket import TicketState
from sync.vocabulary.working_days import local_day

WAITING_SHOWN_MAX = 60  # what fits three screens; the head says how many more there are


class Unprinted(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket whose paper may be missing, and the job to print a copy of."""

    number: str
    job_id: str


class WaitingRoom(msgspec.Struct, frozen=True, kw_only=True):
    """Who waits for one desk, and for every sphere of the office; what the ticket printer did not print."""

    at: datetime
    waiting: tuple[Waiting, ...]
    by_sphere: dict[Sphere, QueuePace]
    mine: frozenset[Sphere]
    unprinted: tuple[Unprinted, ...]

    @property
    def mine_waiting(self) -> int:
        """How many wait for the desk's spheres."""
        return sum(pace.ahead for sphere, pace in self.by_sphere.items() if sphere in self.mine)


class DeskView(msgspec.Struct, frozen=True, kw_only=True):
    """A desk, the ticket that stands there and why it was called, and where it may be sent."""

    desk: Desk
    ticket: Ticket | None
    reason: CallReason | None
    room: WaitingRoom
    other_desks: tuple[OpenDesk, ...]


def desk_view(reader: Reader, *, staff_id: StaffId, now: datetime) -> DeskView | None:
    """What the person's desk shows at ``now``; ``None`` when they have none."""
    desk = queue.desk_of(reader, staff_id=staff_id)
    if desk is None:
        return None
    ticket = queue.ticket_at_desk(reader, desk_id=desk.id)
    return DeskView(
        desk=desk,
        ticket=ticket,
        reason=None if ticket is None else _reason(reader, ticket),
        room=waiting_room(reader, desk=desk, now=now),
        other_desks=tuple(other for other in queue.open_desks(reader) if other.id != desk.id),
    )


def waiting_room(reader: Reader, *, desk: Desk, now: datetime) -> WaitingRoom:
    """The part of the page that lives."""
    waiting = queue.waiting_for_desk(reader, desk=desk, day=local_day(now), limit=WAITING_SHOWN_MAX)
    return WaitingRoom(
        at=now,
        waiting=tuple(waiting),
        by_sphere=queue.paces(reader, now=now),
        mine=frozenset(desk.spheres),
        unprinted=_unprinted(reader, now=now),
    )


def _reason(reader: Reader, ticket: Ticket) -> CallReason | None:
    reasons = [entry.reason for entry in queue.log_of_ticket(reader, ticket_id=ticket.id) if entry.reason is not None]
    return reasons[-1] if reasons else None


def _unprinted(reader: Reader, *, now: datetime) -> tuple[Unprinted, ...]:
    """Tickets not served yet whose paper may be missing: the visitor has only the number."""
    papers = [
        (job.id, job.details.ticket)
        for job in printing.needing_attention(reader)
        if job.kind is PaperKind.TICKET and local_day(job.ordered_at) == local_day(now)
    ]
    return tuple(
        Unprinted(number=paper.number, job_id=job_id)
        for job_id, paper in papers
        if paper is not None and _is_expected(reader, ticket_id=paper.ticket_id)
    )


def _is_expected(reader: Reader, *, ticket_id: TicketId) -> bool:
    """Whether the visitor still has to find their desk by the number."""
    ticket = queue.ticket(reader, ticket_id=ticket_id)
    return ticket is not None and ticket.state in {TicketState.WAITING, TicketState.CALLED}
