"""What stands on the board at a moment."""

from datetime import datetime, timedelta

import msgspec

from edge_node.queue import queries as queue
from edge_node.queue.model import LastCall
from sync.storage import Reader

EARLIER_CALLS = 5
FRESH = timedelta(seconds=10)  # how long a call draws the eye: the time the voice needs to say it twice


class BoardView(msgspec.Struct, frozen=True, kw_only=True):
    """The newest call, large, and those before it; ``is_fresh`` while the hall should look up."""

    at: datetime
    newest: LastCall | None
    earlier: tuple[LastCall, ...]
    is_fresh: bool


def board_view(reader: Reader, *, now: datetime) -> BoardView:
    """The board at ``now``."""
    calls = queue.last_calls(reader, now=now, limit=EARLIER_CALLS + 1)
    newest = calls[0] if calls else None
    return BoardView(
        at=now,
        newest=newest,
        earlier=tuple(calls[1:]),
        is_fresh=newest is not None and now - newest.called_at < FRESH,
    )
