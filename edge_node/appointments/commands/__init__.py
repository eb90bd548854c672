"""What this node may do with its share of the appointments."""

from edge_node.appointments.commands.arrivals import Arrival, CheckedIn, check_in, release_missed
from edge_node.appointments.commands.booking import cancel_booking, confirm, hold, let_go, move
from edge_node.appointments.commands.recording import Actor
from edge_node.appointments.commands.rules import set_rules
from edge_node.appointments.commands.seats import book, cancel, give, read_day, who_comes
from edge_node.appointments.commands.sharing import share

__all__ = [
    "Actor",
    "Arrival",
    "CheckedIn",
    "book",
    "cancel",
    "cancel_booking",
    "check_in",
    "confirm",
    "give",
    "hold",
    "let_go",
    "move",
    "read_day",
    "release_missed",
    "set_rules",
    "share",
    "who_comes",
]
