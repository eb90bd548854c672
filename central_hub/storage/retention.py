"""How long the hub keeps what it told: bodies of operations and the feed for ninety days, headers and hashes always."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select, tuple_, update

from central_hub.storage.tables import ended_grants, feed, feed_days, hub_state, operations
from central_hub.storage.transaction import Reader, Transaction

KEPT_DAYS = 90
GRACE_DAYS = 30  # how long an office that reads a case no more may be late with what it did before it heard so
BATCH_ROWS = 2_000  # a transaction of this size takes well under a second: the offices hardly notice
SETTLED = ("merged", "discarded")  # of the others a person, or the merge, still needs the bytes


def mark_day(tx: Transaction, *, seq: int, now: datetime) -> None:
    """Remember how far the feed had come when this day was first heard of."""
    day = now.date()
    if tx.scalar(select(feed_days.c.day).where(feed_days.c.day == day)) is None:
        tx.execute(insert(feed_days).values(day=day, seq=seq))


def raise_horizon(tx: Transaction, *, now: datetime) -> int:
    """The feed up to the answered number is older than ``KEPT_DAYS``: from now on nobody is told of it."""
    oldest_kept = now.date() - timedelta(days=KEPT_DAYS)
    horizon = tx.count(select(func.max(feed_days.c.seq)).where(feed_days.c.day <= oldest_kept))
    tx.execute(update(hub_state).where(hub_state.c.horizon < horizon).values(horizon=horizon))
    tx.execute(delete(feed_days).where(feed_days.c.day < oldest_kept, feed_days.c.seq < horizon))
    tx.execute(delete(ended_grants).where(ended_grants.c.ended_at < now - timedelta(days=GRACE_DAYS)))
    return tx.count(select(hub_state.c.horizon))


def scopes_told(reader: Reader, *, after: str) -> str | None:
    """The next scope that was ever told anything; the scopes are few, the feed is long."""
    found = reader.scalar(select(func.min(feed.c.scope)).where(feed.c.scope > after))
    return found if isinstance(found, str) else None


def forget_told(tx: Transaction, *, scope: str, horizon: int) -> int:
    """Delete what the scope was told up to ``horizon``, at most ``BATCH_ROWS``; how many rows that were."""
    oldest = select(feed.c.scope, feed.c.seq).where(feed.c.scope == scope, feed.c.seq <= horizon)
    oldest = oldest.order_by(feed.c.seq).limit(BATCH_ROWS)
    return tx.execute(delete(feed).where(tuple_(feed.c.scope, feed.c.seq).in_(oldest)))


def drop_bodies(tx: Transaction, *, now: datetime) -> int:
    """Drop the bytes of operations older than ``KEPT_DAYS``, at most ``BATCH_ROWS``; how many that were."""
    oldest = (
        select(operations.c.operation_id)
        .where(
            operations.c.body.is_not(None),
            operations.c.received_at < now - timedelta(days=KEPT_DAYS),
            (operations.c.state + "").in_(SETTLED),  # nearly all are: found by their age, not by this
        )
        .order_by(operations.c.received_at)
        .limit(BATCH_ROWS)
    )
    return tx.execute(update(operations).where(operations.c.operation_id.in_(oldest)).values(body=None))
