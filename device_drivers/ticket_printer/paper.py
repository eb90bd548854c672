"""A ticket as a picture: the only form in which every printer shows ї, є, ґ and ₴ alike."""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import segno
from PIL import Image, ImageDraw, ImageFont

from device_drivers.errors import NeedsAttention
from device_drivers.ticket_printer.protocol import LineSize, TicketPaper

WIDTH_DOTS = 576  # 72 mm of 80 mm paper at 8 dots a millimetre (203 dpi)
FONT_FOLDER = Path("/usr/share/fonts/truetype/noto")  # Debian's fonts-noto-core
COPY_WORD = "КОПІЯ"
NUMBER_DOTS = 150  # 53 points; LOOK.md asks for 24 at least
NUMBER_DOTS_MIN = 68  # 24 points
LINE_DOTS = {LineSize.LARGE: 40, LineSize.NORMAL: 27}
MARGIN_DOTS = 16
GAP_DOTS = 10
QR_MODULE_DOTS = 7  # 0.9 mm: a cheap telephone reads it from 20 cm


@lru_cache(maxsize=16)
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    try:
        return ImageFont.truetype(str(FONT_FOLDER / f"NotoSans-{name}.ttf"), size)
    except OSError as error:
        raise NeedsAttention("no-font") from error


def render(paper: TicketPaper) -> Image.Image:
    """The ticket in black and white, WIDTH_DOTS wide; raises NeedsAttention(``no-font``) without Noto Sans."""
    blocks = [*_head(paper), *_lines(paper)]
    if paper.qr is not None:
        blocks.append(qr_picture(paper.qr))
    height = sum(block.height + GAP_DOTS for block in blocks) + GAP_DOTS
    sheet = Image.new("1", (WIDTH_DOTS, height), 1)
    top = GAP_DOTS
    for block in blocks:
        sheet.paste(block, ((WIDTH_DOTS - block.width) // 2, top))
        top += block.height + GAP_DOTS
    return sheet


def _head(paper: TicketPaper) -> Iterable[Image.Image]:
    if paper.is_copy:
        yield _text_block(COPY_WORD, _font("Bold", LINE_DOTS[LineSize.LARGE]), ink=1)
    size = NUMBER_DOTS
    while size > NUMBER_DOTS_MIN and _font("Bold", size).getlength(paper.number) > WIDTH_DOTS - 2 * MARGIN_DOTS:
        size -= 2
    yield _text_block(paper.number, _font("Bold", size))
    yield Image.new("1", (WIDTH_DOTS - 2 * MARGIN_DOTS, 3), 0)


def _lines(paper: TicketPaper) -> Iterable[Image.Image]:
    for line in paper.lines:
        font = _font("Bold" if line.size is LineSize.LARGE else "Regular", LINE_DOTS[line.size])
        for part in _wrapped(line.text, font):
            yield _text_block(part, font)


def _text_block(text: str, font: ImageFont.FreeTypeFont, *, ink: int = 0) -> Image.Image:
    """One line; ``ink`` 1 is white on black. Its height is the font's, so that lines stand at even distances."""
    ascent, descent = font.getmetrics()
    is_inverse = ink == 1
    width = WIDTH_DOTS if is_inverse else min(WIDTH_DOTS, round(font.getlength(text)) + 2)
    grey = Image.new("L", (width, ascent + descent), 0 if is_inverse else 255)
    left = (width - font.getlength(text)) / 2
    ImageDraw.Draw(grey).text((left, 0), text, font=font, fill=255 if is_inverse else 0)
    return grey.point(lambda level: 255 if level > 127 else 0).convert("1")  # noqa: PLR2004 - half of 255


def _wrapped(text: str, font: ImageFont.FreeTypeFont) -> Iterable[str]:
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and font.getlength(longer) > WIDTH_DOTS - 2 * MARGIN_DOTS:
            yield line
            line = word
        else:
            line = longer
    if line:
        yield line


def qr_picture(content: str) -> Image.Image:
    """A QR code with its quiet zone, as large as a cheap telephone wants it."""
    rows = [bytes(row) for row in segno.make(content, error="m", micro=False).matrix_iter(scale=1, border=2)]
    modules = Image.frombytes("L", (len(rows[0]), len(rows)), b"".join(rows))
    size = (modules.width * QR_MODULE_DOTS, modules.height * QR_MODULE_DOTS)
    return modules.point(lambda dark: 0 if dark else 255).resize(size, Image.Resampling.NEAREST).convert("1")
