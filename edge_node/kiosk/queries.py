"""A ticket as its visitor sees it: where it stands, who is ahead, what became of its paper."""

from datetime import datetime

import msgspec

from edge_node.printing import queries as printing
from edge_node.printing.model import PaperKind, PrintJobNotFound, PrintState
from edge_node.queue import queries as queue
from edge_node.queue.model import Place, Ticket, TicketNotFound
from sync.storage import Reader
from sync.vocabulary.ticket import TicketState


class TicketView(msgspec.Struct, frozen=True, kw_only=True):
    """``place`` only while the ticket waits; ``paper`` is ``None`` when none was ordered."""

    ticket: Ticket
    place: Place | None
    paper: PrintState | None


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
