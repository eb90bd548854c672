"""What a node that was brought back from a backup knows of what it forgot."""

from datetime import datetime

import msgspec

from edge_node.queue.model import SkippedTickets


class SkippedNumbers(msgspec.Struct, frozen=True, kw_only=True):
    """Official numbers, first to last, that the life before may have given and this one never gives."""

    first: str
    last: str


class LeaseLeft(msgspec.Struct, frozen=True, kw_only=True):
    """What was left of a leased range when the backup was made."""

    year: int
    next: int
    last: int


class Restoration(msgspec.Struct, frozen=True, kw_only=True):
    """A time this node's database was brought back: it stood at ``stood_at``, and work went on at ``restored_at``.

    ``tickets`` may be in the hands of visitors and are given to nobody else; ``leases`` is what was left to draw from.
    """

    restored_at: datetime
    stood_at: datetime
    tickets: tuple[SkippedTickets, ...]
    leases: tuple[LeaseLeft, ...]


class Forgotten(msgspec.Struct, frozen=True, kw_only=True):
    """What came back since a restoration, and what cannot.

    ``came_back``: cases registered here in between that the hub still had, the latest at ``latest_at``. ``numbers`` may
    stand on papers that people hold, with no case anywhere; more may have been given from ranges leased in between.
    """

    stood_at: datetime
    restored_at: datetime
    came_back: tuple[str, ...]
    latest_at: datetime | None
    numbers: tuple[SkippedNumbers, ...]
    tickets: tuple[SkippedTickets, ...]
