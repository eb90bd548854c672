"""A run of copying, and what became of it."""

from datetime import datetime
from enum import StrEnum

import msgspec

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
    """One run: how much, when and how it ended; nothing of whom or what. ``reason`` is a device's."""

    run_id: str
    sheets: int = 0
    copies: int
    state: CopyState = CopyState.BEGUN
    reason: str | None = None
    begun_at: datetime
