"""A restored node is another incarnation: its chain and its numbers start anew, and nothing unsent is lost."""

from sync.replication import outbox
from sync.replication.identity import link_hash
from sync.storage import link, replica
from sync.storage.transaction import Transaction


def begin_incarnation(tx: Transaction, *, incarnation: str) -> None:
    """Begin again as ``incarnation``: chain what the hub lacks or may yet lose, give back numbers, hear all anew.

    Operations keep their ids, so what the hub holds of another chain is told apart as a duplicate. What it acknowledged
    is chained too until it is durable there: a hub restored later still finds every such operation in the one chain
    that this node can push again.
    """
    kept = replica.take_off_chain(tx)
    replica.restart_stream(tx, incarnation=incarnation)
    head_hash = b""
    for oseq, stored in enumerate(kept, start=1):
        operation = outbox.as_operation(stored, oseq=oseq)
        head_hash = link_hash(head_hash, operation)
        replica.rechain(tx, operation_id=stored.operation_id, oseq=oseq, head_hash=head_hash)
    replica.advance_stream(tx, oseq=len(kept), head_hash=head_hash)


def enrol_again(tx: Transaction, *, incarnation: str) -> None:
    """The hub let this node in once more, as ``incarnation``: it speaks again."""
    begin_incarnation(tx, incarnation=incarnation)
    link.thaw(tx)
