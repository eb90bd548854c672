"""What a ticket says, line by line: nothing that would not help a visitor in the hall (LOOK.md, "Paper")."""

from device_drivers.ticket_printer.protocol import LineSize, PaperLine
from device_drivers.ticket_printer.protocol import TicketPaper as DriverPaper
from edge_node.printing.model import PrintJob, TicketPaper
from sync.web.formats import date_text, time_text
from sync.web.i18n import gettext, ngettext, speaking


def ticket_paper(job: PrintJob) -> DriverPaper:
    """The paper of a ticket's job, in the visitor's language; the catalogues are those of the running app."""
    ticket = job.details.ticket
    if ticket is None:
        raise LookupError(f"job {job.id} has no ticket")
    with speaking(ticket.language):
        return DriverPaper(number=ticket.number, lines=_lines(ticket), qr=ticket.status_url, is_copy=bool(job.copy_of))


def _lines(ticket: TicketPaper) -> tuple[PaperLine, ...]:
    return (
        PaperLine(text=ticket.sphere, size=LineSize.LARGE),
        PaperLine(text=ticket.purpose),
        PaperLine(text=people_ahead_text(ticket.people_ahead), size=LineSize.LARGE),
        *(PaperLine(text=text) for text in _waiting(ticket)),
        PaperLine(text=f"{date_text(ticket.issued_at)}  {time_text(ticket.issued_at)}"),
    )


def people_ahead_text(people_ahead: int) -> str:
    """``Перед Вами 5 осіб``; an empty queue is said, not counted."""
    if people_ahead == 0:
        return gettext("You are next")
    return ngettext("%(num)s person ahead of you", "%(num)s people ahead of you", people_ahead) % {"num": people_ahead}


def _waiting(ticket: TicketPaper) -> list[str]:
    low, high = ticket.wait_minutes_low, ticket.wait_minutes_high
    if low is None or high is None:
        return []
    if low == 0:
        return [gettext("Waiting up to %(minutes)s min") % {"minutes": high}]
    minutes = f"{low}–{high}" if low != high else str(high)
    return [gettext("Waiting about %(minutes)s min") % {"minutes": minutes}]
