"""A ticket as its visitor sees it: where it stands, who is ahead, what became of its paper."""

from collections.abc import Iterable
from datetime import date, datetime

import msgspec

from edge_node.case_register import commands as cases
from edge_node.case_register import queries as register
from edge_node.catalogue import queries as catalogue
from edge_node.kiosk.model import CaseNotTold
from edge_node.kiosk.queries.bookings import FRESH
from edge_node.printing import queries as printing
from edge_node.printing.model import PaperKind, PrintJobNotFound, PrintState
from edge_node.queue import queries as queue
from edge_node.queue.model import Place, Ticket, TicketNotFound
from sync.storage import Reader
from sync.vocabulary.case import CaseStatus, undisputed
from sync.vocabulary.catalogue import AdministrativeService
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.identifiers.official_number import normalised_official_number
from sync.vocabulary.identifiers.tracking import is_tracked_by
from sync.vocabulary.live import LiveTicket, ticket_key
from sync.vocabulary.office import Office
from sync.vocabulary.ticket import FINAL_STATES, TicketState


class TicketView(msgspec.Struct, frozen=True, kw_only=True):
    """``place`` only while the ticket waits; ``paper`` is ``None`` when none was ordered.

    ``is_fresh``: its visitor has only just taken it, and waits for the paper.
    """

    ticket: Ticket
    place: Place | None
    paper: PrintState | None
    is_fresh: bool


def ticket_view(reader: Reader, *, token: str, now: datetime) -> TicketView:
    """The ticket whose page ``token`` opens; raises TicketNotFound."""
    ticket = queue.ticket_by_token(reader, token=token)
    if ticket is None:
        raise TicketNotFound
    waits = ticket.state is TicketState.WAITING
    papers = printing.papers_of(reader, subject_id=ticket.id)
    return TicketView(
        ticket=ticket,
        place=queue.place_of(reader, ticket=ticket, now=now) if waits else None,
        paper=papers[-1].state if papers else None,
        is_fresh=now - ticket.issued_at < FRESH,
    )


def followed_tickets(reader: Reader, *, tokens: Iterable[str], now: datetime) -> tuple[LiveTicket, ...]:
    """What is told outside the office of the tickets that these tokens open; nothing of those that have ended."""
    found = (queue.ticket_by_token(reader, token=token) for token in tokens)
    return tuple(_followed(reader, ticket, now=now) for ticket in found if ticket and ticket.state not in FINAL_STATES)


def _followed(reader: Reader, ticket: Ticket, *, now: datetime) -> LiveTicket:
    waits = ticket.state is TicketState.WAITING
    place = queue.place_of(reader, ticket=ticket, now=now) if waits else None
    expected = place.expected if place else None
    return LiveTicket(
        key=ticket_key(ticket.token),
        number=ticket.number,
        state=ticket.state,
        ahead=place.ahead if place else 0,
        minutes=(expected.from_minutes, expected.to_minutes) if expected else None,
        desk_number=ticket.desk_number,
    )


class MemoView(msgspec.Struct, frozen=True, kw_only=True):
    """A memo on its way out of the printer."""

    job_id: str
    service_code: str
    service_name: str
    paper: PrintState


def memo_view(reader: Reader, *, job_id: str) -> MemoView:
    """The memo ordered as ``job_id``; raises PrintJobNotFound, also for any other paper."""
    job = printing.print_job(reader, job_id=job_id)
    if job is None or job.kind is not PaperKind.MEMO or job.details.memo is None:
        raise PrintJobNotFound(job_id=job_id)
    memo = job.details.memo
    return MemoView(job_id=job.id, service_code=memo.service_code, service_name=memo.service_name, paper=job.state)


class CaseTold(msgspec.Struct, frozen=True, kw_only=True):
    """A case as its applicant sees it at the kiosk: no name, and of contradicting offices what none contests."""

    number: str
    status: CaseStatus
    is_disputed: bool
    service: AdministrativeService
    due_on: date | None
    issue_office: Office | None


def case_told(reader: Reader, *, number: str, second_factor: str) -> CaseTold:
    """The case of this number, for who knows its second factor; about 10 ms, whatever is wrong.

    Raises:
        CaseNotTold: no such number at this office, or not its factor: the answer and its time do not tell which.
    """
    case_id = register.case_id_of(reader, number=_canonical(number))
    file = None if case_id is None else cases.open_unseen(reader, case_id=case_id)
    kept = None if file is None else file.fields.get("tracking_hash")
    is_right = is_tracked_by(kept if isinstance(kept, str) else None, factor=second_factor)
    if file is None or not is_right:
        raise CaseNotTold
    case = file.case
    issue_id = case.pickup_office_id or case.home_office_id
    return CaseTold(
        number=case.number or "",
        status=undisputed(file.state).status,
        is_disputed=file.state.is_status_disputed,
        service=catalogue.service(reader, code=case.service_code, version=case.service_version),
        due_on=case.due_on,
        issue_office=catalogue.office(reader, office_id=issue_id)
        if catalogue.has_office(reader, office_id=issue_id)
        else None,
    )


def _canonical(number: str) -> str:
    try:
        return normalised_official_number(number)
    except InvalidInput:
        return number
