"""What stands on the board, and what its head writes on it."""

from datetime import date, datetime
from typing import Annotated

import msgspec

from edge_node.queue.model import LastCall, SphereQueue
from sync.vocabulary.errors import NotFound, Refusal
from sync.vocabulary.ids import StaffId

NOTICE_LETTERS_MAX = 110  # two lines that are read from 10 m in passing
NOTICES_MAX = 3  # each is shown a few times while somebody waits a quarter of an hour


class NoticeNotFound(NotFound):
    """There is no such notice."""


class NoticesFull(Refusal):
    """``NOTICES_MAX`` stand on the board: one must go first."""


class NoticeOver(Refusal):
    """The last day of the notice has passed already."""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence of the head's to the hall, through ``until_on``; ``text_en`` may be missing."""

    id: str
    text_uk: str
    text_en: str | None
    until_on: date
    added_by: StaffId
    added_at: datetime


class NoticeWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the head writes."""

    text_uk: Annotated[str, msgspec.Meta(min_length=1, max_length=NOTICE_LETTERS_MAX)]
    text_en: Annotated[str, msgspec.Meta(max_length=NOTICE_LETTERS_MAX)] = ""
    until_on: date


class NoticesChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A notice came or went."""


class BoardView(msgspec.Struct, frozen=True, kw_only=True):
    """The newest call, large, and those before it; ``is_fresh`` while the hall should look up.

    For a board whose line was cut ``seen`` is the last call it showed, and ``missed`` the calls since that its lines
    have no room for.
    """

    at: datetime
    newest: LastCall | None
    earlier: tuple[LastCall, ...]
    is_fresh: bool
    seen: int | None = None
    missed: tuple[LastCall, ...] = ()

    @property
    def sequence(self) -> int:
        """Of the newest call in the queue's log; 0 before the first of the day."""
        return 0 if self.newest is None else self.newest.sequence


class HallView(msgspec.Struct, frozen=True, kw_only=True):
    """Who waits for what, and the notices of the day."""

    waiting: tuple[SphereQueue, ...]
    notices: tuple[Notice, ...]
