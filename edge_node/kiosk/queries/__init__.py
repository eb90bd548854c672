"""What the kiosk and the visitor's phone show."""

from edge_node.kiosk.queries.bookings import (
    BookedView,
    KeptView,
    booked_view,
    free_days,
    is_bookable,
    kept_view,
)
from edge_node.kiosk.queries.visits import (
    CaseTold,
    MemoView,
    TicketView,
    case_told,
    followed_tickets,
    memo_view,
    ticket_view,
)

__all__ = [
    "BookedView",
    "CaseTold",
    "KeptView",
    "MemoView",
    "TicketView",
    "booked_view",
    "case_told",
    "followed_tickets",
    "free_days",
    "is_bookable",
    "kept_view",
    "memo_view",
    "ticket_view",
]
