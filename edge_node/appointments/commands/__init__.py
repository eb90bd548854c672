"""What this node may do with its share of the appointments."""

from edge_node.appointments.commands.booking import cancel_booking, confirm, hold, let_go, move
from edge_node.appointments.commands.recording import Act, Actor
from edge_node.appointments.commands.rules import set_rules
from edge_node.appointments.commands.seats import book, cancel, give, who_comes

__all__ = [
    "Act",
    "Actor",
    "book",
    "cancel",
    "cancel_booking",
    "confirm",
    "give",
    "hold",
    "let_go",
    "move",
    "set_rules",
    "who_comes",
]
