"""What a node knows of its blobs: which still go to the hub and in what order, which may make room, which are lost."""

import json
from collections.abc import Collection
from datetime import datetime
from typing import Literal

import msgspec

from sync.replication.blobs import BlobFolder
from sync.storage.quarantine import raise_alarm
from sync.storage.transaction import Reader, Transaction

LET_GO_AT_ONCE = 100

Lane = Literal["case", "archive"]  # a case that goes on is waited for; what is archived can wait


class PendingBlob(msgspec.Struct, frozen=True, kw_only=True):
    sha256: str
    size: int
    media_type: str


class BlobUse(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes of the blobs here, and of those that the hub does not hold yet."""

    held_bytes: int = 0
    pending_bytes: int = 0


def queue_upload(tx: Transaction, blob: PendingBlob, *, lane: Lane, now: datetime) -> None:
    """Ask for ``blob`` to be sent to the hub, after the operations that name it."""
    tx.execute(
        "insert into replica_blobs (sha256, size, media_type, state, lane, used_at) "
        "values (:sha256, :size, :media_type, 'pending', :lane, :now) on conflict (sha256) do nothing",
        **msgspec.structs.asdict(blob),
        lane=lane,
        now=now,
    )


def move_to_lane(tx: Transaction, *, hashes: Collection[str], lane: Lane) -> None:
    """Send these in another lane from now on."""
    tx.execute(
        "update replica_blobs set lane = :lane where sha256 in (select value from json_each(:hashes))",
        lane=lane,
        hashes=json.dumps(sorted(hashes)),
    )


def next_upload(reader: Reader, *, set_aside: Collection[str]) -> PendingBlob | None:
    """The blob to send now: of living cases first, in each lane the smallest; none of those set aside."""
    return reader.row(
        "select sha256, size, media_type from replica_blobs where state = 'pending' "
        "and sha256 not in (select value from json_each(:set_aside)) "
        "order by lane = 'archive', size, sha256 limit 1",
        PendingBlob,
        set_aside=json.dumps(sorted(set_aside)),
    )


def count_pending(reader: Reader) -> int:
    return int(reader.scalar("select count(*) from replica_blobs where state = 'pending'") or 0)


def mark_uploaded(tx: Transaction, *, sha256: str, now: datetime) -> None:
    """The hub holds the blob durably."""
    tx.execute(
        "update replica_blobs set state = 'uploaded', uploaded_at = :now where sha256 = :sha256",
        sha256=sha256,
        now=now,
    )


def is_uploaded(reader: Reader, *, sha256: str) -> bool:
    """Whether the hub holds the blob durably."""
    sql = "select 1 from replica_blobs where sha256 = :sha256 and state = 'uploaded'"
    return reader.scalar(sql, sha256=sha256) is not None


def mark_damaged(tx: Transaction, *, sha256: str, now: datetime) -> None:
    """The file rotted or vanished before the hub had it: somebody must know, and the others go on."""
    tx.execute("update replica_blobs set state = 'damaged' where sha256 = :sha256", sha256=sha256)
    raise_alarm(tx, kind="blob-damaged", subject=sha256, now=now)


def note_fetched(tx: Transaction, blob: PendingBlob, *, now: datetime) -> None:
    """The blob came from the hub, which holds it."""
    tx.execute(
        "insert into replica_blobs (sha256, size, media_type, state, uploaded_at, used_at) "
        "values (:sha256, :size, :media_type, 'uploaded', :now, :now) "
        "on conflict (sha256) do update set state = 'uploaded', used_at = :now",
        **msgspec.structs.asdict(blob),
        now=now,
    )


def mark_used(tx: Transaction, *, sha256: str, now: datetime) -> None:
    """Somebody looked at it: it makes room later than what nobody looks at."""
    tx.execute("update replica_blobs set used_at = :now where sha256 = :sha256", sha256=sha256, now=now)


def doubt_uploads(tx: Transaction) -> None:
    """The hub was restored and may have lost blobs: each is offered again before it counts as held there."""
    tx.execute("update replica_blobs set state = 'pending' where state = 'uploaded'")


def use(reader: Reader) -> BlobUse:
    return reader.row("select held_bytes, pending_bytes from replica_blob_use", BlobUse) or BlobUse()


def make_room(tx: Transaction, folder: BlobFolder, *, wanted_bytes: int, quota_bytes: int, now: datetime) -> bool:
    """Whether ``wanted_bytes`` fit under the quota, after the blobs least used were let go; else nothing is.

    Only what the hub holds is ever let go, and first what is in its backup, too.
    """
    used = use(tx)
    if used.pending_bytes + wanted_bytes > quota_bytes:
        raise_alarm(tx, kind="blob-quota", subject="pending", now=now)
        return False
    excess = used.held_bytes + wanted_bytes - quota_bytes
    while excess > 0 and (some := _evictable(tx)):
        for blob in some:
            folder.remove(blob.sha256)
            tx.execute("delete from replica_blobs where sha256 = :sha256", sha256=blob.sha256)
            excess -= blob.size
            if excess <= 0:
                break
    return True


def _evictable(reader: Reader) -> list[PendingBlob]:
    """Some of those to let go now, in their order: what is in the hub's backup before what is not."""
    return _least_used(reader, _IN_BACKUP) or _least_used(reader, "1")


def _least_used(reader: Reader, condition: str) -> list[PendingBlob]:
    return reader.rows(
        f"select sha256, size, media_type from replica_blobs where state = 'uploaded' and {condition} "  # noqa: S608 - ours
        "order by used_at, sha256 limit :limit",
        PendingBlob,
        limit=LET_GO_AT_ONCE,
    )


_IN_BACKUP = "uploaded_at <= (select durable_at from replica_link)"
