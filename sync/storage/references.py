"""Which files the documents here name: asked when one is erased, whose files may be another's too."""

import json
from collections.abc import Collection

from sync.storage.transaction import Reader, Transaction


def name_files(tx: Transaction, *, document_id: str, hashes: Collection[str]) -> None:
    """The document names these, beside those it named before; no document loses an attachment but by being replaced."""
    if hashes:
        tx.execute(
            "insert into replica_references (document_id, sha256) "
            "select :document_id, value from json_each(:hashes) where true on conflict do nothing",
            document_id=document_id,
            hashes=json.dumps(sorted(hashes)),
        )


def name_only(tx: Transaction, *, document_id: str, hashes: Collection[str]) -> None:
    """The document names these and no others."""
    tx.execute("delete from replica_references where document_id = :document_id", document_id=document_id)
    name_files(tx, document_id=document_id, hashes=hashes)


def is_named(reader: Reader, *, sha256: str, besides: str) -> bool:
    """Whether a document names the file, ``besides`` this one."""
    sql = "select 1 from replica_references where sha256 = :sha256 and document_id != :besides limit 1"
    return reader.scalar(sql, sha256=sha256, besides=besides) is not None
