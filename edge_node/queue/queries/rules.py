"""What the office decided about its queue, and which days' tickets still wait under it."""

from datetime import date, datetime, timedelta

import msgspec

from edge_node.queue.model import CARRIED_DAYS_MAX, Overnight, QueueRules
from sync.storage import Reader, Transaction
from sync.vocabulary.working_days import local_day


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    record: QueueRules


def rules(reader: Reader) -> QueueRules:
    """The rules of this office; the defaults until it decided otherwise."""
    kept = reader.row("select record from queue_rules", _Kept)
    return QueueRules() if kept is None else kept.record


def first_day(reader: Reader, *, now: datetime) -> date:
    """The day from which tickets that wait still have a place at ``now``."""
    carries = rules(reader).overnight is Overnight.CARRY_OVER
    return local_day(now) - timedelta(days=CARRIED_DAYS_MAX if carries else 0)


def put_rules(tx: Transaction, rules: QueueRules) -> None:
    """Keep what the office decided."""
    sql = """
        insert into queue_rules (one, record) values (1, :record)
        on conflict (one) do update set record = excluded.record
        """
    tx.execute(sql, record=rules)
