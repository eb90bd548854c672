"""Scans and other files by the SHA-256 of their bytes: a file is there whole, with the right hash, or not at all.

What is still on its way lies beside it as ``<hash>.<owner>.partial``, one for each sender, and survives restarts.
"""

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from threading import Lock

from sync.storage.disk_failure import DiskFull
from sync.vocabulary.errors import InvalidInput, NotFound, Refusal

BLOB_BYTES_MAX = 20 << 20  # a scanned A4 page of 300 dpi in colour is 1–10 MB
CHUNK_BYTES = 256 << 10  # what a torn line loses at most; four seconds of a slow one
CHUNK_BYTES_MAX = 1 << 20  # what the hub holds of one request in memory
PARTIAL_DAYS_MAX = 7  # who has not come back by then begins anew
PARTIALS_MAX = 32  # of one sender: an honest one brings one file after another
PARTIAL_BYTES_MAX = 128 << 20
_HEX_DIGITS = 64
_OWNER_LETTERS_MAX = 64
_LOCKS = 64  # two files seldom share one, and a file always has the same
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class BlobOffset(Refusal):
    """The next chunk begins at ``offset``, not where this one did."""


class BlobFolder:
    """Files under their hash, two levels deep; safe for several threads, and for several senders of one file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._locks = tuple(Lock() for _ in range(_LOCKS))
        folder.mkdir(parents=True, exist_ok=True)
        self._unfinished = _Unfinished(folder)

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

    def size(self, sha256: str) -> int:
        """Bytes of a blob that is here; raises NotFound."""
        try:
            return self.path(sha256).stat().st_size
        except FileNotFoundError as error:
            raise NotFound(sha256=sha256) from error

    def put(self, content: bytes, *, expected_sha256: str | None = None) -> str:
        """Keep ``content`` durably; its hash. Keeping it twice changes nothing.

        Raises:
            InvalidInput: it is too large, or not what its hash says.
            DiskFull: nothing was kept.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        if expected_sha256 not in {None, sha256}:
            raise InvalidInput(field="sha256", rule="hash-mismatch")
        self.forget_partial(sha256, owner="own")
        try:
            self.append(sha256, content, owner="own", offset=0, size=len(content))
        except DiskFull:
            self.forget_partial(sha256, owner="own")
            raise
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

    def check(self, sha256: str) -> int:
        """The size of a blob that is here, whole and with the right hash; raises as ``get``."""
        size = self.size(sha256)
        if _hash_of(self.path(sha256)) != sha256:
            raise NotFound(sha256=sha256, reason="fixity")
        return size

    def has_rotted(self, sha256: str) -> bool:
        """Whether the file is here and is not what its hash says."""
        try:
            return _hash_of(self.path(sha256)) != sha256
        except FileNotFoundError:
            return False

    def all_hashes(self) -> list[str]:
        """Of every file that is here whole."""
        return sorted(path.name for path in self._folder.glob("*/*") if len(path.name) == _HEX_DIGITS)

    def read(self, sha256: str, *, offset: int, length: int) -> bytes:
        """At most ``length`` bytes from ``offset``, not checked; raises NotFound."""
        try:
            with self.path(sha256).open("rb") as file:
                file.seek(offset)
                return file.read(length)
        except FileNotFoundError as error:
            raise NotFound(sha256=sha256) from error

    def held(self, sha256: str, *, owner: str) -> int:
        """How many bytes of an unfinished blob this sender has brought."""
        partial = self._partial(sha256, owner)
        return partial.stat().st_size if partial.exists() else 0

    def append(self, sha256: str, chunk: bytes, *, owner: str, offset: int, size: int) -> int:
        """Keep the next chunk durably; how much is held. At ``size`` the whole is hashed, and only then it is here.

        A blob that is here whole is left alone, and answered with its size. Of a sender that leaves too much
        unfinished, what it has left alone for longest goes: that it begins anew.

        Raises:
            BlobOffset: the chunk does not begin where the last one ended.
            InvalidInput: more than a blob may hold, or the whole has another hash: then the sender begins anew.
            DiskFull: the chunk was not kept, what came before it was.
        """
        if size > BLOB_BYTES_MAX or offset + len(chunk) > size:
            raise InvalidInput(field="blob", rule="size", maximum=BLOB_BYTES_MAX)
        target, partial = self.path(sha256), self._partial(sha256, owner)
        for left in self._unfinished.go_on(owner, sha256, offset + len(chunk)):
            self.forget_partial(left, owner=owner)
        with self._lock_of(sha256):
            if target.exists():
                partial.unlink(missing_ok=True)
                return target.stat().st_size
            held = self.held(sha256, owner=owner)
            if offset != held:
                raise BlobOffset(offset=held)
            with _full_disk_named():
                target.parent.mkdir(exist_ok=True)
                _append_durably(partial, chunk, at=held)
            if held + len(chunk) == size:
                self._unfinished.end(owner, sha256)
                _commit(partial, target)
            return held + len(chunk)

    def forget_partial(self, sha256: str, *, owner: str) -> None:
        """Let this sender begin anew."""
        self._unfinished.end(owner, sha256)
        with self._lock_of(sha256):
            self._partial(sha256, owner).unlink(missing_ok=True)

    def remove(self, sha256: str) -> None:
        """Let the file go, and what any sender has brought of it; removing what is not here changes nothing."""
        with self._lock_of(sha256):
            target = self.path(sha256)
            for path in (target, *target.parent.glob(f"{sha256}.*")):
                path.unlink(missing_ok=True)

    def set_aside(self, sha256: str) -> None:
        """Keep what has rotted under another name: the blob is not here any more, and can come again."""
        with self._lock_of(sha256), suppress(FileNotFoundError):
            self.path(sha256).rename(self.path(sha256).with_name(f"{sha256}.rotten"))

    def sweep(self, *, before: datetime) -> int:
        """Remove partials that nobody has added to since ``before``; how many."""
        old = [path for path in self._folder.glob("*/*.partial") if path.stat().st_mtime < before.timestamp()]
        for path in old:
            self._unfinished.end(*_names(path))
            path.unlink(missing_ok=True)
        return len(old)

    def _partial(self, sha256: str, owner: str) -> Path:
        if not (owner.isascii() and owner.isalnum() and len(owner) <= _OWNER_LETTERS_MAX):
            raise InvalidInput(field="owner", rule="letters")
        return self.path(sha256).with_name(f"{sha256}.{owner}.partial")

    @contextmanager
    def _lock_of(self, sha256: str) -> Iterator[None]:
        self.path(sha256)
        with self._locks[int(sha256[:2], 16) % _LOCKS]:
            yield


class _Unfinished:
    """What each sender has begun, by the bytes held, the longest left alone first; read off the folder when asked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._by_owner: dict[str, dict[str, int]] | None = None

    def go_on(self, owner: str, sha256: str, held: int) -> list[str]:
        """The sender brings the file up to ``held``; which others are too many now."""
        with self._lock:
            if self._by_owner is None:
                self._by_owner = _unfinished_in(self._folder)
            begun = self._by_owner.setdefault(owner, {})
            begun.pop(sha256, None)
            begun[sha256] = held
            too_many = []
            while len(begun) > PARTIALS_MAX or sum(begun.values()) > PARTIAL_BYTES_MAX:
                too_many.append(next(iter(begun)))
                del begun[too_many[-1]]
            return too_many

    def end(self, owner: str, sha256: str) -> None:
        """The file is whole, or begun anew."""
        with self._lock:
            if self._by_owner is not None:
                self._by_owner.get(owner, {}).pop(sha256, None)


def _unfinished_in(folder: Path) -> dict[str, dict[str, int]]:
    found: list[tuple[float, Path, int]] = []
    for path in folder.glob("*/*.partial"):
        with suppress(FileNotFoundError):  # made whole or begun anew meanwhile
            standing = path.stat()
            found.append((standing.st_mtime, path, standing.st_size))
    by_owner: dict[str, dict[str, int]] = {}
    for _, path, held in sorted(found):
        owner, sha256 = _names(path)
        by_owner.setdefault(owner, {})[sha256] = held
    return by_owner


def _names(partial: Path) -> tuple[str, str]:
    """Whose it is, and of which blob."""
    sha256, owner, _ = partial.name.split(".")
    return owner, sha256


def _append_durably(partial: Path, chunk: bytes, *, at: int) -> None:
    """The chunk whole and flushed, or the file as it was."""
    with partial.open("ab", buffering=0) as file:
        try:
            left = memoryview(chunk)
            while left:
                left = left[file.write(left) :]
            os.fsync(file.fileno())
        except OSError:
            file.truncate(at)
            raise


def _commit(partial: Path, target: Path) -> None:
    if _hash_of(partial) != target.name:
        partial.unlink()
        raise InvalidInput(field="sha256", rule="hash-mismatch")
    with _full_disk_named():
        partial.replace(target)
        _sync_folder(target.parent)
        _sync_folder(target.parent.parent)  # which may have got a new folder just now


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _full_disk_named() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull from error
        raise


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
