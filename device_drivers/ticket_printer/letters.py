"""A ticket as letters of the printer's own font: quick on a slow line, only where a test print showed its code page.

Sources: Epson's ESC/POS command reference (ESC t, GS !, GS B, ESC a). Which number chooses a page differs by vendor:
CP1251 is 46 at Epson, 6 at Rongta, 73 at many clones, 34 at Star.
"""

import textwrap
from typing import Literal

import msgspec

from device_drivers.ticket_printer import encoder
from device_drivers.ticket_printer.paper import COPY_WORD, qr_picture
from device_drivers.ticket_printer.protocol import LineSize, TicketPaper

COLUMNS = 48  # 576 dots of font A, which is 12 wide and 24 high
NUMBER_TIMES = 4  # 34 points high
CANCEL_KANJI, CENTRED = b"\x1c.", b"\x1ba\x01"
INVERSE, BOLD = b"\x1dB", b"\x1bE"


class CodePage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page of letters: the ``number`` by which this printer chooses it, and what ``letters`` it then prints."""

    number: int
    letters: Literal["cp1251", "cp1125", "cp866", "cp855", "koi8-u"]

    def __post_init__(self) -> None:
        if not 0 <= self.number <= 255:  # noqa: PLR2004 - ESC t takes one byte
            raise ValueError(f"code page {self.number}, ESC t takes 0 to 255")


def encode_letters(paper: TicketPaper, page: CodePage) -> bytes | None:
    """The bytes that print ``paper`` as text, without cut; None where the page lacks any of its letters."""
    try:
        body = b"".join(_blocks(paper, page))
    except UnicodeEncodeError:
        return None
    return CANCEL_KANJI + b"\x1bt" + bytes([page.number]) + CENTRED + body


def _blocks(paper: TicketPaper, page: CodePage) -> list[bytes]:
    blocks = []
    if paper.is_copy:
        blocks.append(INVERSE + b"\x01" + _line(f" {COPY_WORD} ", page, times=(2, 2)) + INVERSE + b"\x00")
    wide = max(1, min(NUMBER_TIMES, COLUMNS // len(paper.number)))
    blocks.append(_line(paper.number, page, times=(wide, NUMBER_TIMES)))
    for line in paper.lines:
        times = (2, 2) if line.size is LineSize.LARGE else (1, 1)
        blocks += [_line(part, page, times=times) for part in textwrap.wrap(line.text, COLUMNS // times[0])]
    if paper.qr is not None:
        blocks.append(encoder.raster(qr_picture(paper.qr)))
    return blocks


def _line(text: str, page: CodePage, *, times: tuple[int, int]) -> bytes:
    """One line in letters so many ``times`` as wide and as high."""
    wide, high = times
    said = text.replace("\u02bc", "’").replace("\u00a0", " ")  # pages have but the quote
    if not said.isprintable():  # a command to the printer, were it sent
        raise UnicodeEncodeError(page.letters, said, 0, len(said), "control characters are no letters")
    letters = said.encode(page.letters)
    is_bold = bytes([wide > 1])
    return BOLD + is_bold + b"\x1d!" + bytes([(wide - 1) << 4 | (high - 1)]) + letters + b"\n"
