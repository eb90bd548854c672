"""How much waits to be told to the hub, as every page's header says it; `replica.backlog` also knows its bytes."""

from datetime import datetime

import msgspec

from sync.storage.transaction import Reader


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """How many operations wait, and when the first of them in the chain was made."""

    count: int
    oldest_at: datetime | None


def waiting(reader: Reader) -> Waiting:
    """What waits: from the first in the chain to its head, for the chain has no gaps.

    They are not counted, so it is quick even after a month without the line, when every page asks.
    """
    return reader.row(_WAITING, Waiting) or Waiting(count=0, oldest_at=None)


_WAITING = """
    select (select oseq from replica_stream) - oseq + 1 as count, made_at as oldest_at
    from replica_operations where oseq is not null and settled_at is null order by oseq limit 1
"""
