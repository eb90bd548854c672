"""Scans and other files by the SHA-256 of their bytes: a file is there whole, with the right hash, or not at all."""

import hashlib
import os
from pathlib import Path

import msgspec

from sync.storage.transaction import Reader, Transaction
from sync.vocabulary.errors import InvalidInput, NotFound

BLOB_BYTES_MAX = 20 << 20  # a scanned A4 page of 300 dpi in colour is 1–10 MB
_HEX_DIGITS = 64


class PendingBlob(msgspec.Struct, frozen=True, kw_only=True):
    sha256: str
    size: int
    media_type: str


class BlobFolder:
    """Files under their hash, two levels deep."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        """Where the blob is, or would be.

        Raises:
            InvalidInput: ``sha256`` is not 64 lower-case hexadecimal digits.
        """
        if len(sha256) != _HEX_DIGITS or set(sha256) - set("0123456789abcdef"):
            raise InvalidInput(field="sha256", rule="sha256")
        return self._folder / sha256[:2] / sha256

    def has(self, sha256: str) -> bool:
        return self.path(sha256).exists()

    def put(self, content: bytes, *, expected_sha256: str | None = None) -> str:
        """Keep ``content`` durably; its hash. Keeping it twice changes nothing.

        Raises:
            InvalidInput: it is too large, or not what its hash says.
        """
        if len(content) > BLOB_BYTES_MAX:
            raise InvalidInput(field="blob", rule="size", maximum=BLOB_BYTES_MAX)
        sha256 = hashlib.sha256(content).hexdigest()
        if expected_sha256 not in {None, sha256}:
            raise InvalidInput(field="sha256", rule="hash-mismatch")
        target = self.path(sha256)
        if target.exists():
            return sha256
        target.parent.mkdir(exist_ok=True)
        partial = target.with_suffix(f".{os.getpid()}.partial")
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
        _sync_folder(target.parent)
        return sha256

    def get(self, sha256: str) -> bytes:
        """The blob's bytes, checked against its hash.

        Raises:
            NotFound: it is not here, or what is here has rotted.
        """
        try:
            content = self.path(sha256).read_bytes()
        except FileNotFoundError as error:
            raise NotFound(sha256=sha256) from error
        if hashlib.sha256(content).hexdigest() != sha256:
            raise NotFound(sha256=sha256, reason="fixity")
        return content


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def queue_upload(tx: Transaction, blob: PendingBlob) -> None:
    """Ask for ``blob`` to be sent to the hub, after the operations that name it."""
    tx.execute(
        "insert into replica_blobs (sha256, size, media_type, state) values (:sha256, :size, :media_type, 'pending') "
        "on conflict (sha256) do nothing",
        **msgspec.structs.asdict(blob),
    )


def next_upload(reader: Reader) -> PendingBlob | None:
    """The smallest blob still to be sent."""
    sql = "select sha256, size, media_type from replica_blobs where state = 'pending' order by size, sha256 limit 1"
    return reader.row(sql, PendingBlob)


def count_pending(reader: Reader) -> int:
    return int(reader.scalar("select count(*) from replica_blobs where state = 'pending'") or 0)


def mark_uploaded(tx: Transaction, *, sha256: str) -> None:
    tx.execute("update replica_blobs set state = 'uploaded' where sha256 = :sha256", sha256=sha256)
