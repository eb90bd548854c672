"""Whose turn it is, and when a recall is due: the rules of the hall, as arithmetic."""

from datetime import datetime, timedelta

from edge_node.queue.model.tickets import CallReason, Desk, Ticket

PRIORITY_IN_A_ROW_MAX = 2  # at one desk, while somebody without priority waits for it
RECALLS_MAX = 3  # after the third unanswered call the visitor has left
RECALL_COOL_DOWN = timedelta(seconds=20)  # the time a person needs to cross the hall


def choose(first: Ticket, *, first_ordinary: Ticket | None, desk: Desk) -> tuple[Ticket, CallReason]:
    """The ticket to call at ``desk`` and why.

    Args:
        first: the lowest rank among those waiting for the desk.
        first_ordinary: the same among those without priority, or ``None``.
        desk: with the number of priority tickets it called last in a row.
    """
    if first.wanted_desk_id == desk.id:
        return first, CallReason.SENT_TO_THIS_DESK
    if first.priority is None:
        return first, CallReason.LONGEST_WAITING
    if desk.priority_streak >= PRIORITY_IN_A_ROW_MAX and first_ordinary is not None:
        return first_ordinary, CallReason.TURN_AFTER_PRIORITY
    return first, CallReason.PRIORITY


def streak_after(ticket: Ticket, *, streak: int) -> int:
    """How many priority tickets in a row a desk has called once it calls ``ticket``."""
    return 0 if ticket.priority is None else streak + 1


def recall_seconds_left(ticket: Ticket, *, now: datetime) -> int:
    """Seconds until ``ticket`` may be called once more; 0 when it may."""
    last_at = ticket.recalled_at or ticket.called_at
    if last_at is None:
        return 0
    left = RECALL_COOL_DOWN - (now - last_at)
    return max(0, -(-left // timedelta(seconds=1)))
