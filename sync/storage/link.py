"""What changes in how this node stands to the hub, beside the cursor: refetching, frozen, the hub's clock."""

from datetime import datetime

from sync.storage.transaction import Reader, Transaction


def begin_refetch(tx: Transaction, *, hub_incarnation: str) -> None:
    """From now on every document of the scope is fetched whole; where to go on afterwards is not known yet.

    ``refetch_keeps``: another hub than the one last heard may lack what it should tell.
    """
    tx.execute(
        "update replica_link set refetch_keeps = coalesce(hub_incarnation <> :hub_incarnation, 0) "
        "or (refetch_keeps and refetch_after is not null), "
        "hub_incarnation = :hub_incarnation, refetch_after = '', refetch_cursor = null",
        hub_incarnation=hub_incarnation,
    )


def refetched(tx: Transaction, *, after: str | None, cursor: int) -> None:
    """The refetch came as far as ``after``; at its end (``None``) the feed goes on at ``cursor``."""
    tx.execute(
        "update replica_link set refetch_after = :after, refetch_cursor = case when :after is null then null "
        "else :cursor end, cursor = case when :after is null then :cursor else cursor end",
        after=after,
        cursor=cursor,
    )


def doubt(tx: Transaction, *, document_id: str) -> None:
    """The hub is to be asked whether it knows this document."""
    tx.execute("insert or ignore into replica_untold (document_id) values (:document_id)", document_id=document_id)


def doubted(reader: Reader, *, limit: int) -> list[str]:
    """The first of them."""
    found = reader.column("select document_id from replica_untold order by document_id limit :limit", limit=limit)
    return [str(document_id) for document_id in found]


def doubt_no_more(tx: Transaction, *, document_id: str) -> None:
    """The hub has answered."""
    tx.execute("delete from replica_untold where document_id = :document_id", document_id=document_id)


def freeze(tx: Transaction, *, why: str) -> None:
    """Say nothing to the hub until the node is enrolled anew."""
    tx.execute("update replica_link set frozen = :why", why=why)


def thaw(tx: Transaction) -> None:
    """The hub knows this node again."""
    tx.execute("update replica_link set frozen = null")


def note_hub_time(tx: Transaction, *, offset_seconds: float, durable_at: datetime | None) -> None:
    """What the hub's clock showed, less this one; and until when its disk's loss loses nothing."""
    tx.execute(
        "update replica_link set clock_offset_seconds = :offset_seconds, "
        "durable_at = coalesce(:durable_at, durable_at)",
        offset_seconds=offset_seconds,
        durable_at=durable_at,
    )
