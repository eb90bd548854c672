"""The append-only log of the queue: what happened, and why each call was made.

Everything that became of a ticket or a desk is a line, with its own moment; tables of now can be made out of it again.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.ids import DeskId, TicketId


class CallReason(StrEnum):
    """Why this ticket and not another was called; read through ``call-reason:<value>``."""

    LONGEST_WAITING = "longest-waiting"
    PRIORITY = "priority"
    TURN_AFTER_PRIORITY = "turn-after-priority"
    APPOINTMENT = "appointment"
    EARLY_APPOINTMENT = "early-appointment"
    TURN_AFTER_APPOINTMENTS = "turn-after-appointments"
    CREDIT_AFTER_TRANSFER = "credit-after-transfer"
    SENT_TO_THIS_DESK = "sent-to-this-desk"
    BY_NUMBER = "by-number"


class Happening(StrEnum):
    """A kind of line; read through ``happening:<value>``.

    A line's ``desk_id`` is where it happened, ``staff_id`` who did it, ``sphere`` what the ticket is for from then
    on. ``UNDONE`` takes back the line named by ``undoes``; ``NEXT_SERVICE`` ends one service of a visit and begins to
    wait for the next.
    """

    ISSUED = "issued"
    CALLED = "called"
    RECALLED = "recalled"
    SERVING = "serving"
    SERVED = "served"
    NEXT_SERVICE = "next_service"
    NO_SHOW = "no_show"
    TRANSFERRED = "transferred"
    REDIRECTED = "redirected"
    PARKED = "parked"
    RETURNED = "returned"
    RESTORED = "restored"
    UNDONE = "undone"
    LEFT = "left"
    CANCELLED = "cancelled"
    OPENED = "opened"
    LEFT_DESK = "left_desk"
    BREAK_BEGAN = "break_began"
    BREAK_ENDED = "break_ended"
    DESK_ASSIGNED = "desk_assigned"
    ALARM = "alarm"
    ALARM_ANSWERED = "alarm_answered"
    RULES_CHANGED = "rules_changed"


class Facts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What stood when a line was written, as far as its kind needs it; no person.

    Of an issue: number, purpose, priority, language, needs. Of a call: the parts of the score, the streaks before it
    and who was passed over. Of the rest: where a ticket goes and until when, which line is taken back, and what
    a desk served before and serves from then on.
    """

    number: str | None = None
    purpose: str | None = None
    priority: str | None = None
    language: str | None = None
    needs_sign_language: bool = False
    appointment_at: datetime | None = None
    waited_seconds: int | None = None
    head_start_seconds: int = 0
    credit_seconds: int = 0
    priority_streak: int = 0
    appointment_streak: int = 0
    wanted_desk_id: DeskId | None = None
    passed_over: str | None = None
    passed_over_seconds: int | None = None
    until: datetime | None = None
    undoes: int | None = None
    other: str | None = None
    spheres_before: tuple[Sphere, ...] = ()
    spheres: tuple[Sphere, ...] = ()


class LogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the append-only log of the queue; ``reason`` of a call is a ``CallReason``."""

    sequence: int
    at: datetime
    kind: Happening
    ticket_id: TicketId | None
    sphere: Sphere | None
    desk_id: DeskId | None
    staff_id: str | None
    reason: str | None
    waited_seconds: int | None
    facts: Facts | None
