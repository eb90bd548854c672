"""A visitor with an appointment is here, or did not come.

*Early*: from ``early_minutes`` before the hour a visitor may report; the ticket waits for the hour, and is called
before it only where nobody else waits. *Late*: up to ``grace_minutes`` after the hour the appointment counts as kept;
past it the booking is released by itself, and the visitor takes an ordinary ticket.
"""

from datetime import datetime, timedelta

import msgspec

from edge_node.appointments import queries
from edge_node.appointments.commands.recording import Actor, record
from edge_node.appointments.model import CameTooEarly, CameTooLate, Found, NodeItself
from edge_node.catalogue import queries as catalogue
from edge_node.printing import commands as printing
from edge_node.printing.model import TicketPaper
from edge_node.queue import commands as queue
from edge_node.queue import queries as queue_queries
from edge_node.queue.model import Language, Ticket, Wish
from edge_node.staff.commands import log_access
from sync.ambient import Ids
from sync.storage import Transaction
from sync.vocabulary.appointment import Act, AppointmentKind, BookingNotFound
from sync.vocabulary.catalogue import SPHERES
from sync.vocabulary.errors import Forbidden
from sync.vocabulary.ids import OfficeId, TicketId
from sync.vocabulary.offers import begins
from sync.vocabulary.ticket import Purpose
from sync.vocabulary.working_days import KYIV, local_day


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody reports with the code of a booking, or the link of its slip, as it was typed or read.

    ``token`` is random and opens the ticket's page under ``site``; ``purpose`` is what the paper calls the purpose.
    """

    code: str
    language: Language
    token: str
    purpose: str
    site: str


class CheckedIn(msgspec.Struct, frozen=True, kw_only=True):
    """The ticket that a booking became, and the order for its paper."""

    ticket: Ticket
    begins_at: datetime
    print_job_id: str | None


def check_in(tx: Transaction, arrival: Arrival, *, by: Actor, now: datetime, ids: Ids) -> CheckedIn:
    """Let the booking of today under this code wait as a ticket with its hour; reported once more it is that ticket.

    Raises InvalidInput, BookingNotFound (also for another day's code), CameTooEarly, CameTooLate, and what
    ``issue_ticket`` raises.
    """
    office_id = by.person.office_id
    if office_id is None:
        raise Forbidden
    code = queries.code_read(tx, text=arrival.code).code
    found = queries.found_by_code(tx, office_id=office_id, code=code, day=local_day(now))
    if found is None:
        raise BookingNotFound(seat_id="")
    begins_at = begins(found.day, found.booking)
    known = queries.ticket_of(tx, booking_id=found.booking.booking_id)
    reported = queue_queries.ticket(tx, ticket_id=TicketId(known)) if known else None
    if reported is not None:
        return CheckedIn(ticket=reported, begins_at=begins_at, print_job_id=None)
    _check_hour(tx, begins_at, office_id=office_id, now=now)
    ticket = _issue(tx, arrival, found, begins_at=begins_at, now=now, ids=ids)
    queries.save_ticket(tx, booking_id=found.booking.booking_id, ticket_id=ticket.id, now=now)
    _tell(tx, found, AppointmentKind.ARRIVED, by=by, now=now, ids=ids)
    log_access(tx, by=by.person, action="appointment-arrived", subject=found.day.document_id, now=now)
    job_id = ids.new()
    _order_paper(tx, ticket, arrival, job_id=job_id, now=now)
    return CheckedIn(ticket=ticket, begins_at=begins_at, print_job_id=job_id)


def release_missed(tx: Transaction, *, office_id: OfficeId, now: datetime, ids: Ids) -> int:
    """Say of everybody who did not come within the grace that they missed the appointment; how many."""
    by = Actor(person=NodeItself(office_id=office_id))
    missed = queries.missed(tx, office_id=office_id, now=now)
    for found in missed:
        _tell(tx, found, AppointmentKind.MISSED, by=by, now=now, ids=ids)
    return len(missed)


def _check_hour(tx: Transaction, begins_at: datetime, *, office_id: OfficeId, now: datetime) -> None:
    rules = queries.rules(tx, office_id=office_id)
    from_time = begins_at - timedelta(minutes=rules.early_minutes)
    if now < from_time:
        raise CameTooEarly(from_time=f"{from_time.astimezone(KYIV):%H:%M}")
    if now > begins_at + timedelta(minutes=rules.grace_minutes):
        raise CameTooLate(minutes=rules.grace_minutes)


def _issue(tx: Transaction, arrival: Arrival, found: Found, *, begins_at: datetime, now: datetime, ids: Ids) -> Ticket:
    service = catalogue.service(tx, code=found.booking.service_code)
    wish = Wish(sphere=service.sphere, purpose=Purpose.FILE, language=arrival.language)
    return queue.issue_ticket(tx, wish=wish, token=arrival.token, appointment_at=begins_at, now=now, ids=ids)


def _order_paper(tx: Transaction, ticket: Ticket, arrival: Arrival, *, job_id: str, now: datetime) -> None:
    place = queue.promise_wait(tx, ticket=ticket, now=now)
    paper = TicketPaper(
        ticket_id=ticket.id,
        number=ticket.number,
        sphere=SPHERES[ticket.sphere].name_uk,
        purpose=arrival.purpose,
        people_ahead=place.ahead,
        wait_minutes_low=None if place.expected is None else place.expected.from_minutes,
        wait_minutes_high=None if place.expected is None else place.expected.to_minutes,
        issued_at=now,
        status_url=f"{arrival.site}/tickets/{ticket.token}",
    )
    printing.order_ticket(tx, ticket=paper, order_id=job_id, now=now)


def _tell(tx: Transaction, found: Found, kind: AppointmentKind, *, by: Actor, now: datetime, ids: Ids) -> None:
    act = Act(kind=kind, seats=list(found.booking.seat_ids), facts={"booking": found.booking.booking_id})
    record(tx, found.day, act, by=by, now=now, ids=ids)
