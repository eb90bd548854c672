"""What the hub may do with the seats of its share, and for the offices whose rules it follows."""

from central_hub.appointments.commands.booking import cancel_linked, confirm, hold, let_go, linked_booking, move
from central_hub.appointments.commands.following import follow_rules
from central_hub.appointments.commands.indexing import index_bookings, is_index_behind
from central_hub.appointments.commands.reminding import are_reminders_due, remind
from central_hub.appointments.commands.seats import book, cancel, give, open_day, reclaim, who_comes
from central_hub.appointments.commands.sharing import days_to_share, share

__all__ = [
    "are_reminders_due",
    "book",
    "cancel",
    "cancel_linked",
    "confirm",
    "days_to_share",
    "follow_rules",
    "give",
    "hold",
    "index_bookings",
    "is_index_behind",
    "let_go",
    "linked_booking",
    "move",
    "open_day",
    "reclaim",
    "remind",
    "share",
    "who_comes",
]
