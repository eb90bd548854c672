"""What the queue tells the world after commit: for boards, voice and live pages, which a crash may miss."""

import msgspec

from edge_node.queue.model.tickets import Language
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.ids import DeskId, TicketId

QUEUE_TOPIC = "queue"  # something changed: live pages ask again
CALLS_TOPIC = "calls"  # TicketCalled, TicketRecalled and CallUndone, each of which counts
ALARMS_TOPIC = "alarms"  # AlarmRaised and AlarmAnswered: for the head of the office and every desk but the one


class QueueEvent(msgspec.Struct, frozen=True, kw_only=True):
    """``sequence`` is the row of the queue's log, so a page that reconnects knows what it missed."""

    sequence: int


class TicketEvent(QueueEvent, frozen=True, kw_only=True):
    """Something happened to a ticket."""

    ticket_id: TicketId
    number: str


class DeskEvent(QueueEvent, frozen=True, kw_only=True):
    """Something happened at a desk."""

    desk_id: DeskId
    desk_number: int


class TicketIssued(TicketEvent, frozen=True, kw_only=True):
    """A visitor took a ticket."""

    sphere: Sphere


class TicketCalled(TicketEvent, frozen=True, kw_only=True):
    """A ticket was called to a desk for the first time."""

    desk_number: int
    language: Language


class TicketRecalled(TicketCalled, frozen=True, kw_only=True):
    """A ticket was called once more."""


class TicketServing(TicketEvent, frozen=True, kw_only=True):
    """The visitor came to the desk."""


class TicketFinished(TicketEvent, frozen=True, kw_only=True):
    """A ticket came to its end: served, no-show, left or cancelled."""


class TicketTransferred(TicketEvent, frozen=True, kw_only=True):
    """A ticket waits again, for another sphere or desk."""

    sphere: Sphere


class TicketParked(TicketEvent, frozen=True, kw_only=True):
    """A ticket was put aside for a while."""


class TicketReturned(TicketEvent, frozen=True, kw_only=True):
    """A ticket is back where it was: put aside before, missed before, or by an act that was taken back."""


class CallUndone(TicketReturned, frozen=True, kw_only=True):
    """A call by mistake was taken back: the boards forget it."""


class DeskOpened(DeskEvent, frozen=True, kw_only=True):
    """An administrator took a desk."""


class DeskLeft(DeskEvent, frozen=True, kw_only=True):
    """An administrator left a desk."""


class DeskPaused(DeskEvent, frozen=True, kw_only=True):
    """A desk takes a break."""


class DeskResumed(DeskEvent, frozen=True, kw_only=True):
    """A desk works again."""


class DeskAssigned(DeskEvent, frozen=True, kw_only=True):
    """A desk serves other spheres."""


class AlarmRaised(DeskEvent, frozen=True, kw_only=True):
    """Somebody at a desk needs help and cannot say so aloud."""


class AlarmAnswered(DeskEvent, frozen=True, kw_only=True):
    """Somebody comes to help."""


class RulesChanged(QueueEvent, frozen=True, kw_only=True):
    """The office decided something about its queue."""
