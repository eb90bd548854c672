"""What a visitor may do at the kiosk, and with the link of a slip."""

from edge_node.kiosk.commands.booking import book, cancel_booking, move_booking
from edge_node.kiosk.commands.taking import order_memo, take_ticket

__all__ = ["book", "cancel_booking", "move_booking", "order_memo", "take_ticket"]
