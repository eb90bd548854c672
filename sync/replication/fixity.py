"""Whether the documents kept here are what was stored: disks let bits rot, and nobody reads an old case for years."""

from functools import partial

import msgspec

from sync.documents import document as documents
from sync.documents.document import DocumentPanic
from sync.documents.validator import check_snapshot
from sync.storage import Store
from sync.storage.transaction import Reader, Transaction

PAGE_ROWS = 200  # a fifth of a second, and a reader that holds nobody up
UNREADABLE = b"\0" * 8  # the digest of what is no document any more


class Rotten(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes whose digest is ``found`` where ``stored`` was noted with them."""

    document_id: str
    stored: bytes
    found: bytes


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    document_id: str
    digest: bytes
    snapshot: bytes


def note_rot(store: Store) -> list[str]:
    """Give every document whose bytes rotted the digest of what they say now, so that the hub's differs; their ids."""
    noted: list[str] = []
    after: str | None = ""
    while after is not None:
        found, after = store.read_now(partial(_page, after=after))
        for rotten in found:
            store.run_now(partial(_note, rotten=rotten))
            noted.append(rotten.document_id)
    return noted


def _page(reader: Reader, *, after: str) -> tuple[list[Rotten], str | None]:
    sql = (
        "select document_id, digest, snapshot from replica_documents where document_id > :after "
        "order by document_id limit :limit"
    )
    rows = reader.rows(sql, _Row, after=after, limit=PAGE_ROWS)
    looked = [Rotten(document_id=row.document_id, stored=row.digest, found=digest_of(row.snapshot)) for row in rows]
    return [each for each in looked if each.stored not in {b"", each.found}], rows[-1].document_id if rows else None


def digest_of(snapshot: bytes) -> bytes:
    """Of what the bytes say, as far as they can be read at all."""
    try:
        check_snapshot(snapshot, roots=None)  # what rotted may be as bad as what a stranger sends
        return documents.merge(snapshot, [], clients=()).digest
    except (ValueError, TypeError, LookupError, OverflowError, RecursionError, DocumentPanic):
        return UNREADABLE


def _note(tx: Transaction, *, rotten: Rotten) -> None:
    tx.execute(
        "update replica_documents set digest = :found where document_id = :document_id and digest = :stored",
        **msgspec.structs.asdict(rotten),
    )
