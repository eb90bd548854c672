"""What a ticket says, line by line: nothing that would not help a visitor in the hall (LOOK.md, "Paper")."""

from device_drivers.ticket_printer.protocol import LINE_LETTERS_MAX, LINES_MAX, LineSize, PaperLine
from device_drivers.ticket_printer.protocol import TicketPaper as DriverPaper
from edge_node.printing.model import AppointmentPaper, MemoPaper, PrintJob, TicketPaper
from sync.web.formats import KYIV, date_text, time_text
from sync.web.i18n import gettext, keyed, ngettext, speaking

MEMO_FRAME_LINES = 4  # name, heading, advice, time


def small_paper(job: PrintJob) -> DriverPaper:
    """What the ticket printer prints of a job, in the visitor's language, by the catalogues of the running app."""
    ticket, memo, slip = job.details.ticket, job.details.memo, job.details.appointment
    if memo is not None:
        with speaking(memo.language):
            return DriverPaper(number=memo.service_code, lines=_memo_lines(memo), is_copy=bool(job.copy_of))
    if slip is not None:
        with speaking(slip.language):
            when = f"{date_text(slip.begins_at)[:5]}  {time_text(slip.begins_at)}"
            return DriverPaper(
                number=when, lines=_slip_lines(slip), qr=slip.link or slip.code, is_copy=bool(job.copy_of)
            )
    if ticket is None:
        raise LookupError(f"job {job.id} is of no small paper")
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


def _memo_lines(memo: MemoPaper) -> tuple[PaperLine, ...]:
    """Name, then what to bring, one a line, as many as the paper takes."""
    needed = [PaperLine(text=f"• {_cut(each)}") for each in memo.documents[: LINES_MAX - MEMO_FRAME_LINES]]
    return (
        PaperLine(text=_cut(memo.service_name), size=LineSize.LARGE),
        PaperLine(text=gettext("Bring with you:")),
        *needed,
        PaperLine(text=gettext("An administrator may ask for more: each case is its own.")),
        PaperLine(text=f"{date_text(memo.asked_at)}  {time_text(memo.asked_at)}"),
    )


def _slip_lines(slip: AppointmentPaper) -> tuple[PaperLine, ...]:
    """When, for what, where; the code; how to report, and how to change it."""
    code = f"{slip.code[:4]} {slip.code[4:]}"
    weekday = keyed("weekday-long", str(slip.begins_at.astimezone(KYIV).isoweekday()))
    hours = {"begin": time_text(slip.report_from), "end": time_text(slip.report_until)}
    if slip.link is not None:
        change = gettext("To change or cancel, read the QR code with your phone.")
    elif slip.phone is not None:
        change = gettext("To change or cancel, telephone:")
    else:
        change = gettext("To change or cancel, speak to the receptionist.")
    return (
        PaperLine(text=f"{weekday.capitalize()}, {date_text(slip.begins_at)}", size=LineSize.LARGE),
        PaperLine(text=_cut(slip.service_name)),
        *(PaperLine(text=_cut(each)) for each in slip.place),
        PaperLine(text=gettext("Code: %(code)s") % {"code": code}, size=LineSize.LARGE),
        PaperLine(text=gettext("From %(begin)s to %(end)s report at the kiosk or the reception.") % hours),
        PaperLine(text=change),
        *([PaperLine(text=slip.phone)] if slip.phone and not slip.link else []),
    )


def _cut(text: str) -> str:
    room = LINE_LETTERS_MAX - 2  # the dot before it
    return text if len(text) <= room else f"{text[: room - 1].rstrip()}…"


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
