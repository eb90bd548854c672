"""Documents that left the scope while the hub lacked something of them: they stay here until it has that."""

from sync.replication import erasure
from sync.storage import quarantine, replica
from sync.storage.replica import HeldDocument
from sync.storage.transaction import Reader, Transaction


def leave(tx: Transaction, *, document_id: str) -> bool:
    """Let go of a document, or, while only this node holds something of it, as soon as it may; whether it went now."""
    block = quarantine.block_of(tx, document_id=document_id)
    if block is not None and block.code == "apart":
        return False  # the hub holds nothing of it
    if replica.has_waiting(tx, document_id=document_id):
        tx.execute(
            "insert into replica_departures (document_id) values (:document_id) on conflict do nothing",
            document_id=document_id,
        )
        return False
    quarantine.unblock(tx, document_id=document_id)
    stay(tx, document_id=document_id)
    erasure.remember_files(tx, document_id=document_id)
    replica.forget_document(tx, document_id=document_id)
    return True


def stay(tx: Transaction, *, document_id: str) -> None:
    """The document is in the scope again."""
    tx.execute("delete from replica_departures where document_id = :document_id", document_id=document_id)


def due(reader: Reader) -> list[HeldDocument]:
    """The documents that were to be let go of, and of which the hub has everything."""
    # the few departures first: a node holds a million documents, and is asked at every page it hears
    sql = """
        select document_id, kind from replica_departures as gone cross join replica_documents using (document_id)
        where not exists (
            select 1 from replica_operations as own where own.document_id = gone.document_id and own.state = 'waiting')
        order by document_id
    """
    return reader.rows(sql, HeldDocument)
