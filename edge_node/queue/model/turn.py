"""Whose turn it is: the one rule by which a desk's next visitor is chosen.

1. *Who may come here.* The desk serves the sphere, speaks the language, and speaks sign language where the visitor
   needs it; who was sent to one desk is called only there. A language or sign language binds while a desk that has it
   is open for the sphere; while none is, any desk of the sphere may call: nobody waits for a colleague who is away.
2. *Appointments at their hour*, by the hour booked, at most ``APPOINTMENTS_IN_A_ROW_MAX`` in a row at a desk while
   somebody without one waits for it. Who came early is called before the hour only where nobody else waits.
3. *Everybody else by score* (``rank``): time waited, head start of the priority class, credit after transfers.
   A desk that called ``PRIORITY_IN_A_ROW_MAX`` with a right to priority calls next somebody without one, if one waits:
   also one with an appointment, then a third in a row, where all who wait without one have priority; not twice running.

*Nobody starves.* Let ``r`` be the number of visitors without an hour booked who ever rank before a ticket while it
waits: they came before it, or, with a head start and credits, at most ``OVERTAKEN_BY_LATER_MAX`` after it, so ``r`` is
finite. Of every three calls of a desk at least one is by score, not by an hour booked (2). For a ticket without
priority each of those takes somebody who ranks before it, or the ticket itself (3). So it is called within
``3 (r + 1)`` calls of the desks that may call it, and two more for every session of a desk, in which a count of three
may have begun before. With priority, one in three of those may go to a visitor without, who ranks behind: hence
``calls_until_turn``. The same holds for an appointment from its hour on, where ``r`` counts appointments of an earlier
hour.
``tests/property/queue`` draws days at random and finds no ticket that waits longer. What is called out of turn by hand
is on the log, and outside of the bound.
"""

from datetime import datetime, timedelta

import msgspec

from edge_node.queue.model.log import CallReason
from edge_node.queue.model.rank import HEAD_START_BY_LAW, TRANSFER_CREDIT, TRANSFERS_CREDITED_MAX
from edge_node.queue.model.tickets import Desk, Ticket

APPOINTMENTS_IN_A_ROW_MAX = 2  # at one desk, while somebody without an appointment waits for it
PRIORITY_IN_A_ROW_MAX = 2  # at one desk, while somebody without priority waits for it
OVERTAKEN_BY_LATER_MAX = HEAD_START_BY_LAW + TRANSFER_CREDIT * TRANSFERS_CREDITED_MAX


class Candidates(msgspec.Struct, frozen=True, kw_only=True):
    """The first of each kind among those a desk may call; ``None`` where there is none.

    ``due``: an appointment whose hour has come; ``first``: the highest score without an appointment; both again among
    those without priority; ``early``: an appointment whose hour is to come.
    """

    due: Ticket | None = None
    due_ordinary: Ticket | None = None
    first: Ticket | None = None
    first_ordinary: Ticket | None = None
    early: Ticket | None = None


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """The ticket to call, why, and who ranked first among those passed over."""

    ticket: Ticket
    reason: CallReason
    passed_over: Ticket | None = None


def choose(among: Candidates, *, desk: Desk) -> Choice | None:
    """The next visitor of ``desk``; ``None`` when nobody it may call is waiting."""
    may_take_appointment = among.first is None or desk.appointment_streak < APPOINTMENTS_IN_A_ROW_MAX
    if among.due is not None and may_take_appointment:
        return _appointment(among.due, among=among, desk=desk)
    if among.first is not None:
        return _by_score(among.first, among=among, desk=desk)
    if among.early is not None:
        return Choice(ticket=among.early, reason=CallReason.EARLY_APPOINTMENT)
    return None


def _appointment(due: Ticket, *, among: Candidates, desk: Desk) -> Choice:
    ordinary = among.due_ordinary or among.first_ordinary
    if due.priority is not None and desk.priority_streak >= PRIORITY_IN_A_ROW_MAX and ordinary is not None:
        return Choice(ticket=ordinary, reason=CallReason.TURN_AFTER_PRIORITY, passed_over=due)
    return Choice(ticket=due, reason=CallReason.APPOINTMENT, passed_over=among.first)


def _by_score(first: Ticket, *, among: Candidates, desk: Desk) -> Choice:
    ordinary = among.first_ordinary or among.due_ordinary
    if first.priority is not None and desk.priority_streak >= PRIORITY_IN_A_ROW_MAX and ordinary is not None:
        return Choice(ticket=ordinary, reason=CallReason.TURN_AFTER_PRIORITY, passed_over=first)
    passed_over = among.due or (None if first.priority is None else ordinary)
    return Choice(ticket=first, reason=_reason(first, among=among, desk=desk), passed_over=passed_over)


def _reason(first: Ticket, *, among: Candidates, desk: Desk) -> CallReason:
    if first.wanted_desk_id == desk.id:
        return CallReason.SENT_TO_THIS_DESK
    if among.due is not None:
        return CallReason.TURN_AFTER_APPOINTMENTS
    if first.priority is not None:
        return CallReason.PRIORITY
    return CallReason.CREDIT_AFTER_TRANSFER if first.transfer_count else CallReason.LONGEST_WAITING


class Streaks(msgspec.Struct, frozen=True, kw_only=True):
    """What a desk has called in a row."""

    priority: int
    appointment: int


def streaks_after(ticket: Ticket, *, reason: CallReason, desk: Desk) -> Streaks:
    """The streaks of ``desk`` once it calls ``ticket``.

    An appointment without priority that came by its own hour ends no streak of priority: who has neither still waits.
    """
    is_appointment = ticket.due_at is not None
    if ticket.priority is not None:
        priority = desk.priority_streak + 1
    else:
        is_by_its_hour = is_appointment and reason is not CallReason.TURN_AFTER_PRIORITY
        priority = desk.priority_streak if is_by_its_hour else 0
    return Streaks(priority=priority, appointment=desk.appointment_streak + 1 if is_appointment else 0)


def calls_until_turn(*, ranked_before: int, has_priority: bool, desk_sessions: int) -> int:
    """The most calls the desks that may call a ticket make, from its issue, before it is called itself.

    Args:
        ranked_before: visitors of its kind (with an hour booked, or without) who ever rank before it while it waits.
        has_priority: whether it declared a right to priority.
        desk_sessions: how many runs of calls, each of one desk that may call it all along, there were.
    """
    walk_ins = ranked_before + 1
    if has_priority:
        walk_ins = -(-3 * walk_ins // 2) + desk_sessions
    return 3 * walk_ins + 2 * desk_sessions


RECALLS_MAX = 3  # after the third unanswered call the visitor has left
RECALL_COOL_DOWN = timedelta(seconds=20)  # the time a person needs to cross the hall


def recall_seconds_left(ticket: Ticket, *, now: datetime) -> int:
    """Seconds until ``ticket`` may be called once more; 0 when it may."""
    last_at = ticket.recalled_at or ticket.called_at
    if last_at is None:
        return 0
    left = RECALL_COOL_DOWN - (now - last_at)
    return max(0, -(-left // timedelta(seconds=1)))
