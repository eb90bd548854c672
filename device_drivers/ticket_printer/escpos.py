"""Ticket printers that speak ESC/POS: python-escpos encodes, the line and what comes back over it are ours.

Sources: Epson's ESC/POS command reference (DLE EOT, GS v 0, GS V, GS r). "Printed" is the printer's answer to GS r 1,
which it takes from its buffer after the cut; TCP's success says nothing about paper.
"""

from contextlib import suppress

import msgspec
from PIL import Image

from device_drivers.driver import READY, Condition, HealthState, Printed, degraded, offline
from device_drivers.errors import NeedsAttention, OutcomeUnknown, Unavailable
from device_drivers.link import Link, Patience, SerialLink, TcpLink
from device_drivers.ticket_printer import encoder
from device_drivers.ticket_printer.letters import CodePage, encode_letters
from device_drivers.ticket_printer.paper import WIDTH_DOTS, render
from device_drivers.ticket_printer.protocol import TicketPaper

INITIALISE = b"\x1b@"  # the printer keeps the state of whoever printed before
ASK_PAPER_AFTER_CUT = b"\x1dr\x01"  # GS r 1
ASK_PRINTER, ASK_OFFLINE_CAUSE, ASK_PAPER = b"\x10\x04\x01", b"\x10\x04\x02", b"\x10\x04\x04"  # DLE EOT n, real time
STATUS_SECONDS_MAX = 2.0
MEASURES = bytes(8)  # ends the torn head of a GS v 0 with an empty picture, or a small one; nothing by itself
PICTURE_BYTES_MAX = WIDTH_DOTS // 8 * encoder.FRAGMENT_ROWS  # of the largest strip: for more a printer never waits
REAL_TIME_BIT = 0x10  # set in every answer to DLE EOT, clear in every one to GS r
LATE_SECONDS = 0.1  # an answer to an earlier question comes before this, and must not confirm the ticket


class EscposTcp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="escpos-tcp"):
    """Settings of a printer in the network: ``address`` is host:port, usually port 9100.

    With ``code_page`` tickets are text, else pictures.
    """

    address: str
    confirm_seconds: float = 10.0
    code_page: CodePage | None = None


class EscposSerial(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="escpos-serial"):
    """Settings of a printer on a serial port."""

    port: str
    baud: int = 115_200
    confirm_seconds: float = 20.0
    code_page: CodePage | None = None


def encode_ticket(paper: TicketPaper, *, code_page: CodePage | None = None) -> bytes:
    """The bytes that print ``paper``, cut, and ask for the confirmation; a picture where the page lacks a letter."""
    letters = None if code_page is None else encode_letters(paper, code_page)
    return encode_picture(render(paper)) if letters is None else _framed(letters)


def encode_picture(picture: Image.Image) -> bytes:
    """The bytes that print ``picture`` as raster, feed, cut, and ask for the confirmation."""
    return _framed(encoder.raster(picture))


def _framed(body: bytes) -> bytes:
    return INITIALISE + body + encoder.feed_and_cut() + ASK_PAPER_AFTER_CUT


def decode_status(*, printer: int, offline_cause: int, paper: int) -> Condition:
    """What the three answers to DLE EOT 1, 2 and 4 say together; raises ValueError for bytes that are no status."""
    for status in (printer, offline_cause, paper):
        if status & 0x93 != 0x12:  # noqa: PLR2004 - bits 1 and 4 set, 0 and 7 clear, in every status byte
            raise ValueError(f"{status:#04x} is no status byte")
    causes = [
        name
        for name, is_so in (
            ("paper-out", paper & 0x60 or offline_cause & 0x20),
            ("cover-open", offline_cause & 0x04),
            ("printer-error", offline_cause & 0x40),
        )
        if is_so
    ]
    if not causes and printer & 0x08:
        causes = ["printer-offline"]
    if causes:
        return degraded(*causes)
    return degraded("paper-near-end") if paper & 0x0C else READY


def is_confirmation(status: int) -> bool:
    """Whether a byte is an answer to GS r 1 that says there is still paper."""
    return status & 0x9C == 0


class EscposTicketPrinter:
    """Connects, asks, prints, waits for the confirmation, disconnects: the printer serves one client at a time.

    A line that dies under a ticket leaves a printer that waits for the rest of a picture, or holds a ticket that is
    not cut: the next one would be eaten by it, or hang on it. It is freed first; the torn piece comes out by itself.
    What was sent by a process that is no more is told by who keeps a journal (``after_unknown``).
    """

    def __init__(self, settings: EscposTcp | EscposSerial) -> None:
        encoder.load()
        self._settings = settings
        self._is_clear = False  # an earlier life may have left half a picture
        self._is_torn = False

    def probe(self) -> Condition:
        try:
            link = _connect(self._settings)
        except Unavailable as error:
            return offline(error.reason)
        try:
            return _condition(link)
        except (OSError, ValueError):
            return offline("no-status")
        finally:
            link.close()

    def print_ticket(self, paper: TicketPaper, *, ref: str, after_unknown: str | None = None) -> Printed:
        message = encode_ticket(paper, code_page=self._settings.code_page)
        link = _connect(self._settings)
        try:
            _require_ready(link)
            if not self._is_clear:
                self._is_torn = self._is_torn or after_unknown is not None
                self._free(link)
            return self._send_and_confirm(link, message, ref=ref)
        finally:
            link.close()

    def close(self) -> None:
        """Nothing is held between tickets."""

    def _free(self, link: Link) -> None:
        """See that the printer waits for a command and that no torn ticket hangs in it; raises Unavailable."""
        try:
            is_listening = _hears(link, wait_seconds=min(STATUS_SECONDS_MAX, self._settings.confirm_seconds))
            if self._is_torn or not is_listening:
                link.send((b"" if is_listening else bytes(PICTURE_BYTES_MAX)) + encoder.feed_and_cut())
                is_listening = _hears(link, wait_seconds=self._settings.confirm_seconds)
            _forget_late_answers(link)
        except OSError as error:
            raise Unavailable("no-status") from error
        if not is_listening:
            raise Unavailable("no-status")
        self._is_clear, self._is_torn = True, False

    def _send_and_confirm(self, link: Link, message: bytes, *, ref: str) -> Printed:
        patience = Patience(self._settings.confirm_seconds)
        self._is_clear, self._is_torn = False, True
        try:
            link.send(message)
            status = _told(link, patience)
        except OSError as error:
            raise OutcomeUnknown(ref, reason="no-confirmation") from error
        self._is_clear, self._is_torn = True, False
        if not is_confirmation(status):
            raise OutcomeUnknown(ref, reason="paper-ended")
        return Printed(ref=ref)


def _connect(settings: EscposTcp | EscposSerial) -> Link:
    match settings:
        case EscposTcp(address=address):
            return TcpLink(address)
        case EscposSerial(port=port, baud=baud):
            return SerialLink(port, baud=baud)


def _require_ready(link: Link) -> None:
    """Raise NeedsAttention or Unavailable unless the next ticket can come out."""
    try:
        condition = _condition(link)
    except (OSError, ValueError) as error:
        raise Unavailable("no-status") from error
    if condition.state is HealthState.DEGRADED and condition.reasons != ("paper-near-end",):
        raise NeedsAttention(condition.reasons[0])


def _condition(link: Link) -> Condition:
    printer, offline_cause, paper = (_asked(link, question) for question in (ASK_PRINTER, ASK_OFFLINE_CAUSE, ASK_PAPER))
    return decode_status(printer=printer, offline_cause=offline_cause, paper=paper)


def _asked(link: Link, question: bytes) -> int:
    link.send(question)
    return link.receive(wait_seconds=STATUS_SECONDS_MAX)[0]


def _hears(link: Link, *, wait_seconds: float) -> bool:
    """Whether the printer answers what it reads in its turn: within a picture it takes the question for dots."""
    link.send(MEASURES + ASK_PAPER_AFTER_CUT)
    try:
        _told(link, Patience(wait_seconds))
    except TimeoutError:
        return False
    return True


def _told(link: Link, patience: Patience) -> int:
    """The next answer to GS r; raises TimeoutError.

    A printer looks for DLE EOT in pictures too, and answers dots that happen to spell it: such an answer tells nothing.
    """
    while True:
        for status in link.receive(wait_seconds=patience.left_seconds()):
            if not status & REAL_TIME_BIT:
                return status


def _forget_late_answers(link: Link) -> None:
    with suppress(TimeoutError):
        while link.receive(wait_seconds=LATE_SECONDS):
            pass
