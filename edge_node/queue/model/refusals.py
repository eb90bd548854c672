"""What the queue refuses."""

from sync.vocabulary.errors import Forbidden, NotFound, Refusal


class QueueEmpty(Refusal):
    """Nobody this desk may serve is waiting."""


class QueueFull(Refusal):
    """More people wait than the office can serve before it closes."""


class SphereNotServed(Refusal):
    """No desk of this office serves the sphere."""


class SphereLeftAlone(Refusal):
    """People wait for the sphere, and no other desk of this office serves it."""


class TicketNotFound(NotFound):
    """No such ticket today."""


class TicketNotWaiting(Refusal):
    """The ticket was called, left or ended already."""


class TicketNotCalled(Refusal):
    """Only a ticket that was called and has not come yet can be recalled, served or marked as no-show."""


class TicketNotServing(Refusal):
    """Only a ticket that is being served can be finished."""


class TicketNotAtDesk(Refusal):
    """Only a ticket that stands at a desk can be sent on."""


class RecalledTooOften(Refusal):
    """The visitor was recalled as many times as the rules of the hall allow."""


class RecalledTooSoon(Refusal):
    """The visitor needs a moment to come before being called again."""


class DeskNotFound(NotFound):
    """No such desk in this office."""


class DeskTaken(Refusal):
    """Another administrator works at this desk."""


class DeskAlreadyChosen(Refusal):
    """The administrator works at another desk and has to leave it first."""


class DeskHasOpenTicket(Refusal):
    """A ticket stands at this desk: it has to be finished, sent on or marked as no-show first."""


class DeskClosed(Refusal):
    """Nobody works at that desk now."""


class DeskOnBreak(Refusal):
    """The desk takes a break and calls nobody."""


class DeskNotOnBreak(Refusal):
    """The desk takes no break."""


class TicketNotParked(Refusal):
    """Only a ticket that was put aside can be brought back."""


class TicketNotMissed(Refusal):
    """Only a ticket whose visitor did not come can be restored."""


class RestoredAlready(Refusal):
    """A visitor who did not come is given the place back once."""


class NothingToUndo(Refusal):
    """The last act at this desk cannot be taken back, or too much time has passed."""


class IssuingStopped(Refusal):
    """Who takes a ticket now would not be called before the office closes."""


class NoAlarm(NotFound):
    """No alarm of this desk is open."""


class DeskOfAnother(Forbidden):
    """Only the administrator who has the desk may do this there."""
