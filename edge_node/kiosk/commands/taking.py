"""Taking a ticket and ordering its paper, in one transaction: the number is durable before paper moves."""

from datetime import datetime
from typing import Literal

from edge_node.catalogue import queries as catalogue
from edge_node.kiosk.model import PaperWords, TakenTicket
from edge_node.printing import commands as printing
from edge_node.printing.model import MemoPaper, PrintJob, TicketPaper
from edge_node.queue import commands as queue
from edge_node.queue.model import Language, Place, Ticket, Wish
from sync.ambient import Ids
from sync.storage import Transaction
from sync.vocabulary.ids import OfficeId, ServiceCode


def take_ticket(
    tx: Transaction, *, wish: Wish, words: PaperWords, token: str, office_id: OfficeId, now: datetime, ids: Ids
) -> TakenTicket:
    """Issue a ticket and order its paper; raises what ``issue_ticket`` and ``refuse_past_closing`` raise."""
    ticket = queue.issue_ticket(tx, wish=wish, token=token, now=now, ids=ids)
    place = queue.promise_wait(tx, ticket=ticket, now=now)
    queue.refuse_past_closing(tx, expected=place.expected, office_id=office_id, now=now)
    taken = _taken(ticket, print_job_id=ids.new(), place=place)
    paper = TicketPaper(
        ticket_id=ticket.id,
        number=ticket.number,
        sphere=words.sphere,
        purpose=words.purpose,
        people_ahead=place.ahead,
        wait_minutes_low=None if place.expected is None else place.expected.from_minutes,
        wait_minutes_high=None if place.expected is None else place.expected.to_minutes,
        issued_at=now,
        language="en" if wish.language is Language.ENGLISH else "uk",
        status_url=f"{words.site}/tickets/{ticket.token}",
    )
    printing.order_ticket(tx, ticket=paper, order_id=taken.print_job_id, now=now)
    return taken


def order_memo(
    tx: Transaction, *, code: ServiceCode, language: Literal["uk", "en"], order_id: str, now: datetime
) -> PrintJob:
    """Order the list of what to bring for a service; raises UnknownService."""
    service = catalogue.service(tx, code=code)
    needed = tuple(
        f"{each.name_uk} ({each.note_uk})" if each.note_uk else each.name_uk for each in service.required_documents
    )
    memo = MemoPaper(
        service_code=code, service_name=service.name(language), documents=needed, asked_at=now, language=language
    )
    return printing.order_memo(tx, memo=memo, order_id=order_id, now=now)


def _taken(ticket: Ticket, *, print_job_id: str, place: Place) -> TakenTicket:
    return TakenTicket(
        id=ticket.id,
        number=ticket.number,
        token=ticket.token,
        sphere=ticket.sphere,
        purpose=ticket.purpose,
        priority=ticket.priority,
        language=ticket.language,
        state=ticket.state,
        issued_at=ticket.issued_at,
        people_ahead=place.ahead,
        expected=place.expected,
        print_job_id=print_job_id,
    )
