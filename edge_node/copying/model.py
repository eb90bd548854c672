"""A run of copying, and what became of it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

import msgspec

from device_drivers.document_printer.protocol import NotPrinted, Queued
from device_drivers.driver import Printed
from sync.vocabulary.errors import NotFound, Refusal
from sync.vocabulary.ids import DeskId, StaffId

PRINTER = "document_printer"  # the family
COPIES_MAX = 10
SHEETS_MAX = 20  # a favour to a visitor, not a copy shop


class CopyState(StrEnum):
    """begun → printed | queued | failed | unknown; read through ``copy-state:<value>``."""

    BEGUN = "begun"
    PRINTED = "printed"
    QUEUED = "queued"  # the print system prints it when it can
    FAILED = "failed"  # certainly no paper
    UNKNOWN = "unknown"  # there may be paper


class CopyRun(msgspec.Struct, frozen=True, kw_only=True):
    """One run: how much, when, where and how it ended; nothing of whom or what. ``reason`` is a device's."""

    run_id: str
    sheets: int = 0
    copies: int
    state: CopyState = CopyState.BEGUN
    reason: str | None = None
    begun_at: datetime
    desk_id: DeskId | None = None
    settled_by: StaffId | None = None


class DayCopies(msgspec.Struct, frozen=True, kw_only=True):
    """Sheets that came out on one day, all copies of each; ``by_desk`` where the runs were begun, None: at no desk."""

    day: date
    sheets: int
    by_desk: dict[DeskId | None, int]


class CopySettlement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person saw at the printer."""

    outcome: Literal["printed", "failed"]


class CopyRunNotFound(NotFound):
    """No such run."""


class CopyRunNotUnknown(Refusal):
    """Only a run whose end is unknown can be settled."""


def ended_as(told: object) -> tuple[CopyState, str | None]:
    """The state of a run of which the print system says this, and its reason."""
    match told:
        case Printed():
            return CopyState.PRINTED, None
        case Queued():
            return CopyState.QUEUED, told.reasons[0] if told.reasons else None
        case NotPrinted():
            return CopyState.FAILED, told.reason
        case _:
            raise TypeError(f"a printer answered {type(told).__name__}")
