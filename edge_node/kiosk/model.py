"""A ticket as its visitor gets it."""

from collections import OrderedDict
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from edge_node.queue.model import Language, WaitRange
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.errors import NotFound, Refusal
from sync.vocabulary.ids import TicketId
from sync.vocabulary.live import LIVE_TICKETS_MAX
from sync.vocabulary.ticket import PriorityCategory, Purpose, TicketState

ADDRESS_LETTERS_MAX = 200


class CaseNotTold(NotFound):
    """This office has no case of this number and this second factor; which of them is wrong is not said."""


class BookingGone(NotFound):
    """This link opens no booking: it was cancelled, or its day is past."""


class BookingOver(Refusal):
    """Its hour has come, or the visitor was there: nothing is changed or cancelled any more."""


class TimeConfirmed(msgspec.Struct, frozen=True, kw_only=True):
    """A time kept at the kiosk and the telephone number typed for it.

    ``link`` is random and opens the booking; ``address`` is its page, where visitors' phones reach this node.
    """

    hold_id: str
    phone: str
    language: Literal["uk", "en"]
    link: str
    address: str | None


class BookingMade(msgspec.Struct, frozen=True, kw_only=True):
    """A booking made at the kiosk, and the order for its slip."""

    link: str
    print_job_id: str


class TakenTicket(msgspec.Struct, frozen=True, kw_only=True):
    """A fresh ticket; ``token`` opens its status page, ``/tickets/{token}``."""

    id: TicketId
    number: str
    token: str
    sphere: Sphere
    purpose: Purpose
    priority: PriorityCategory | None
    language: Language
    state: TicketState
    issued_at: datetime
    people_ahead: int
    expected: WaitRange | None
    print_job_id: str


class PaperWords(msgspec.Struct, frozen=True, kw_only=True):
    """What the paper says of the wish, in the visitor's language; the status page's address begins with ``site``."""

    sphere: str
    purpose: str
    site: Annotated[str, msgspec.Meta(max_length=ADDRESS_LETTERS_MAX)]


class Followed:
    """The tickets whose page was opened last, at most ``LIVE_TICKETS_MAX``: in memory, a page opens again by itself."""

    def __init__(self) -> None:
        self._tokens: OrderedDict[str, None] = OrderedDict()

    def note(self, token: str) -> None:
        """Somebody looks at the page that ``token`` opens."""
        self._tokens[token] = None
        self._tokens.move_to_end(token)
        if len(self._tokens) > LIVE_TICKETS_MAX:
            self._tokens.popitem(last=False)

    @property
    def tokens(self) -> tuple[str, ...]:
        return tuple(self._tokens)


VIEW_COOKIE = "kiosk-view"


class Turn(StrEnum):
    """A switch of the kiosk's screen, which a visitor turns on for the time of the visit."""

    LOW = "low"  # the controls within reach of who sits
    CONTRAST = "contrast"
    LARGE = "large"
    SPEECH = "speech"  # the page is read aloud, the keypad chooses


def turned(kept: str, turn: Turn) -> str:
    """What the cookie keeps after one switch was touched: ``low.contrast``; unknown words fall out."""
    on = {each for each in Turn if each in kept.split(".")} ^ {turn}
    return ".".join(each for each in Turn if each in on)
