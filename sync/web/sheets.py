"""Tables that people take away: CSV for programs, XLSX for spreadsheets; no cell is ever a formula."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum

import msgspec
import xlsxwriter
from litestar import Response

Cell = str | int | float | None
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BEGIN_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
_WIDTH = 18
_PLAIN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
_MADE_AT = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # the same figures are the same file


class Ending(StrEnum):
    """What a table can be taken away as."""

    CSV = "csv"
    XLSX = "xlsx"


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A table: ``name`` is the file's without an ending, ``notes`` say under the table what its columns mean."""

    name: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[tuple[str, str]] = ()


def csv_of(sheet: Sheet) -> bytes:
    """RFC 4180 in UTF-8 with its mark; a text that a spreadsheet would take for a formula is given an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([_harmless(head) for head in sheet.heads])
    writer.writerows([[_harmless(cell) for cell in row] for row in sheet.rows])
    return text.getvalue().encode("utf-8-sig")


def xlsx_of(sheet: Sheet) -> bytes:
    """One worksheet with a frozen bold head; texts are written as texts, and what the columns mean stands beside."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, _PLAIN) as book:
        book.set_properties({"created": _MADE_AT})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        page = book.add_worksheet(sheet.name[:31])
        page.set_column(0, max(0, len(sheet.heads) - 1), _WIDTH)
        page.freeze_panes(1, 1)
        for number, row in enumerate((sheet.heads, *sheet.rows)):
            for column, cell in enumerate(row):
                _write(page, (number, column), cell, style=None if number else bold)
        for number, note in enumerate(sheet.notes, start=len(sheet.rows) + 2):
            for column, cell in enumerate(note):
                _write(page, (number, column), cell, style=None)
    return made.getvalue()


def download(sheet: Sheet, *, ending: Ending) -> Response[bytes]:
    """The table as a file to keep."""
    content, media = (xlsx_of(sheet), XLSX) if ending is Ending.XLSX else (csv_of(sheet), "text/csv; charset=utf-8")
    headers = {"Content-Disposition": f'attachment; filename="{sheet.name}.{ending.value}"'}
    return Response(content, media_type=media, headers=headers)


def _write(page: "xlsxwriter.worksheet.Worksheet", at: tuple[int, int], cell: Cell, *, style: object) -> None:
    if isinstance(cell, str):
        page.write_string(*at, cell, style)
    elif cell is not None:
        page.write_number(*at, cell, style)


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_BEGIN_FORMULAS) else cell
