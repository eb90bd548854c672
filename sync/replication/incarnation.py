"""A restored node is another incarnation: its chain and its numbers start anew, and nothing unsent is lost."""

from sync.replication import outbox
from sync.replication.identity import link_hash
from sync.storage import replica
from sync.storage.transaction import Transaction


def begin_incarnation(tx: Transaction, *, incarnation: str) -> None:
    """Begin again as ``incarnation``: re-chain what the hub has not acknowledged, give back numbers, hear all anew.

    Operations keep their ids, so one that had reached the hub before the restore is told apart as a duplicate.
    """
    unsent = replica.take_waiting(tx)
    replica.restart_stream(tx, incarnation=incarnation)
    head_hash = b""
    for oseq, stored in enumerate(unsent, start=1):
        operation = outbox.as_operation(stored, oseq=oseq)
        head_hash = link_hash(head_hash, operation)
        replica.rechain(tx, operation_id=stored.operation_id, oseq=oseq, head_hash=head_hash)
    replica.advance_stream(tx, oseq=len(unsent), head_hash=head_hash)
