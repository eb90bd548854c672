"""A ticket as its visitor sees it: where it stands, who is ahead, what became of its paper."""

from datetime import datetime

import msgspec

from edge_node.printing import queries as printing
from edge_node.printing.model import PrintState
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
