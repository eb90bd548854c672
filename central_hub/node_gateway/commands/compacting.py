"""The hub forgets what nobody needs any more, a small batch at a time: the offices hardly notice."""

from datetime import datetime

from central_hub.node_gateway.commands.forgetting import forget_names
from central_hub.storage import replica, retention
from central_hub.storage.transaction import Transaction


def compact(tx: Transaction, *, now: datetime) -> int:
    """One batch: what was told, and bytes of operations, older than ``retention.KEPT_DAYS``; names in old appointments.

    How many rows that were; 0 when nothing is left to do. No node hears of the feed below the horizon, which is raised
    in the same transaction; headers and hashes of operations stay, and the bytes of those that a person may release.
    """
    replica.lock(tx)
    retention.mark_day(tx, seq=replica.current(tx).seq, now=now)
    horizon = retention.raise_horizon(tx, now=now)
    scope = retention.scopes_told(tx, after="")
    while scope is not None:
        if forgotten := retention.forget_told(tx, scope=scope, horizon=horizon):
            return forgotten
        scope = retention.scopes_told(tx, after=scope)
    return retention.drop_bodies(tx, now=now) or forget_names(tx, now=now)
