"""What an administrator sees from their desk."""

import re
from datetime import datetime

import msgspec

from edge_node.appointments import queries as appointments
from edge_node.case_register import queries as cases
from edge_node.front_office.model import CodeUnknown
from edge_node.payments import queries as payments
from edge_node.printing import queries as printing
from edge_node.printing.model import PaperKind
from edge_node.queue import commands
from edge_node.queue import queries as queue
from edge_node.queue.model import Alarm, Desk, Happening, LogEntry, OpenDesk, QueuePace, Ticket, TicketNotFound, Waiting
from sync.storage import Reader
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.identifiers.official_number import normalised_official_number
from sync.vocabulary.identifiers.ticket_number import parse_ticket_number, ticket_number
from sync.vocabulary.ids import CaseId, DeskId, StaffId, TicketId
from sync.vocabulary.ticket import TicketState
from sync.vocabulary.working_days import local_day

_TICKET_PAGE = re.compile(r"/tickets/([A-Za-z0-9_-]{1,64})$")
_CHARGE = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
WAITING_SHOWN_MAX = 60  # what fits three screens; the head says how many more there are


class Unprinted(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket whose paper may be missing, and the job to print a copy of."""

    number: str
    job_id: str


class WaitingRoom(msgspec.Struct, frozen=True, kw_only=True):
    """Who waits for one desk, and for every sphere of the office; what the ticket printer did not print."""

    at: datetime
    waiting: tuple[Waiting, ...]
    parked: tuple[Ticket, ...]
    alarms: tuple[Alarm, ...]
    by_sphere: dict[Sphere, QueuePace]
    mine: frozenset[Sphere]
    unprinted: tuple[Unprinted, ...]


class DeskView(msgspec.Struct, frozen=True, kw_only=True):
    """A desk, the ticket that stands there and why it was called, and where it may be sent.

    ``undoable``: the last act here, while it can be taken back; ``has_alarm``: help was called for and nobody came yet.
    """

    desk: Desk
    ticket: Ticket | None
    call: LogEntry | None
    undoable: Happening | None
    has_alarm: bool
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
        call=None if ticket is None else _last_call(reader, ticket),
        undoable=commands.undoable(reader, desk=desk, now=now),
        has_alarm=any(alarm.desk_id == desk.id for alarm in queue.open_alarms(reader, now=now)),
        room=waiting_room(reader, desk=desk, now=now),
        other_desks=tuple(other for other in queue.open_desks(reader) if other.id != desk.id),
    )


class TicketStory(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket, every line of its log, and the numbers over the desks that are named there."""

    ticket: Ticket
    entries: tuple[LogEntry, ...]
    desk_numbers: dict[str, int]


def ticket_story(reader: Reader, *, ticket_id: TicketId) -> TicketStory:
    """What became of a ticket and why; raises TicketNotFound."""
    ticket = queue.ticket(reader, ticket_id=ticket_id)
    if ticket is None:
        raise TicketNotFound
    return TicketStory(
        ticket=ticket,
        entries=tuple(queue.log_of_ticket(reader, ticket_id=ticket_id)),
        desk_numbers={desk.id: desk.number for desk in queue.desks(reader)},
    )


def desks_seen_alone(reader: Reader, *, now: datetime) -> frozenset[DeskId]:
    """The desks that see another list than others of the same skills: visitors of their own, not their own alarm."""
    alarmed = {alarm.desk_id for alarm in queue.open_alarms(reader, now=now)}
    return frozenset(alarmed | queue.desks_waited_for(reader))


def page_of_code(reader: Reader, *, code: str, now: datetime) -> str:
    """The page of what a scanned code names: a case, a ticket of today, a charge, an appointment's slip.

    Raises CodeUnknown.
    """
    ticket_page = _TICKET_PAGE.search(code)
    if ticket_page is not None:
        return _ticket_page(queue.ticket_by_token(reader, token=ticket_page[1]))
    case_id = _case_id(reader, code)
    if case_id is not None:
        return f"/cases/{case_id}"
    if _CHARGE.fullmatch(code) is not None:
        charge = payments.charge(reader, charge_id=code)
        if charge is None:
            raise CodeUnknown
        return f"/cases/{charge.case_id}/payment"
    slip = _slip_page(reader, code, now=now)
    if slip is not None:
        return slip
    return _ticket_page(_ticket_of_today(reader, code, now=now))


def waiting_room(reader: Reader, *, desk: Desk, now: datetime) -> WaitingRoom:
    """The part of the page that lives."""
    since = queue.first_day(reader, now=now)
    waiting = queue.waiting_for_desk(reader, desk=desk, since=since, now=now, limit=WAITING_SHOWN_MAX)
    return WaitingRoom(
        at=now,
        waiting=tuple(waiting),
        parked=tuple(each for each in queue.parked(reader) if _is_of(desk, each)),
        alarms=tuple(alarm for alarm in queue.open_alarms(reader, now=now) if alarm.desk_id != desk.id),
        by_sphere=queue.paces(reader, now=now),
        mine=frozenset(desk.spheres),
        unprinted=_unprinted(reader, now=now),
    )


def _is_of(desk: Desk, ticket: Ticket) -> bool:
    return ticket.wanted_desk_id == desk.id or (ticket.wanted_desk_id is None and ticket.sphere in desk.spheres)


def _ticket_page(ticket: Ticket | None) -> str:
    if ticket is None:
        raise CodeUnknown
    return f"/tickets/{ticket.token}"


def _slip_page(reader: Reader, code: str, *, now: datetime) -> str | None:
    try:
        read = appointments.code_read(reader, text=code)
    except InvalidInput:
        return None
    if read.linked is not None:
        return f"/desk/appointments/slips/{read.linked.document_id}/{read.code}"
    days = appointments.days_from(reader, since=local_day(now).isoformat())
    day = next((each for each in days if appointments.booking_in(each, code=read.code)), None)
    return None if day is None else f"/desk/appointments/slips/{day.document_id}/{read.code}"


def _ticket_of_today(reader: Reader, code: str, *, now: datetime) -> Ticket | None:
    try:
        number = ticket_number(*parse_ticket_number(code))
    except InvalidInput as error:
        raise CodeUnknown from error
    return queue.ticket_by_number(reader, number=number, day=local_day(now))


def _case_id(reader: Reader, code: str) -> CaseId | None:
    try:
        number = normalised_official_number(code)
    except InvalidInput:
        return None
    found = cases.case_id_of(reader, number=number)
    if found is None:
        raise CodeUnknown
    return found


def _last_call(reader: Reader, ticket: Ticket) -> LogEntry | None:
    calls = [each for each in queue.log_of_ticket(reader, ticket_id=ticket.id) if each.kind is Happening.CALLED]
    return calls[-1] if calls else None


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
