"""Backups of one folder: databases by SQLite's own backup, files as they are, and a manifest of hashes.

A backup is one ``tar`` file written beside its final name and renamed when it is whole. Keys are a second one, beside
it as ``<name>.keys``: whoever finds the data cannot speak for the machine, and the two can be kept in two places.
"""

import hashlib
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import IO

import msgspec

MANIFEST = "manifest.json"
SHELF_NAME = "%Y%m%dT%H%M%SZ.tar"  # in UTC, so that names sort as they were made
SHELF_PATTERN = "????????T??????Z.tar"
_CHUNK_BYTES = 1 << 20
_PRIVATE = 0o600
_MODES = 0o770  # what a file in a backup may be to its owner and group; nothing of a node is for others
_SQLITE_MAGIC = b"SQLite format 3\x00"

Progress = Callable[[str], None]


class BackupWrong(Exception):  # noqa: N818 - what it is
    """The file is no whole backup, or the folder is not free for it; the message says which part."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds: SHA-256 by name, and when it was taken."""

    taken_at: datetime
    files: dict[str, str]


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What of a folder is in no backup, and what of it is keys; by names of files or folders anywhere in it."""

    left_out: frozenset[str]
    keys: frozenset[str] = frozenset()


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What is backed up: ``folder`` as it is at ``now``."""

    folder: Path
    parts: Parts
    now: datetime
    progress: Progress

    def data(self) -> Iterator[Path]:
        """Every file that is no key."""
        return _files(self.folder, self.parts.left_out | self.parts.keys)

    def keys(self) -> Iterator[Path]:
        """Every file that is."""
        for path in _files(self.folder, self.parts.left_out):
            if self.parts.keys.intersection(path.relative_to(self.folder).parts):
                yield path


def create(folder: Path, target: Path, *, parts: Parts, now: datetime, progress: Progress) -> Manifest:
    """Back ``folder`` up into the file ``target``, its keys into ``keys_of(target)``, while the app may go on writing.

    The manifest is of the data.
    """
    snapshot = Snapshot(folder=folder, parts=parts, now=now, progress=progress)
    _put(snapshot, snapshot.keys(), keys_of(target))
    return _put(snapshot, snapshot.data(), target)


def keys_of(backup: Path) -> Path:
    """Where the keys of a backup lie, unless somebody took them elsewhere."""
    return backup.with_name(f"{backup.name}.keys")


def _put(snapshot: Snapshot, paths: Iterator[Path], target: Path) -> Manifest:
    partial = target.with_name(target.name + ".partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE), "wb") as file:
        manifest = write(snapshot, paths, file, scratch=target.parent)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(target)
    return manifest


def write(snapshot: Snapshot, paths: Iterator[Path], sink: IO[bytes], *, scratch: Path | None = None) -> Manifest:
    """One archive of ``paths`` into ``sink``, which need not seek; copies of databases lie in ``scratch`` meanwhile."""
    files: dict[str, str] = {}
    with tempfile.TemporaryDirectory(dir=scratch) as here, tarfile.open(fileobj=sink, mode="w|") as archive:
        for path in paths:
            name = path.relative_to(snapshot.folder).as_posix()
            source = _database_copy(path, Path(here)) if _is_database(path) else path
            files[name] = _sha256(source)
            archive.add(source, arcname=name)
            snapshot.progress(name)
        manifest = Manifest(taken_at=snapshot.now, files=files)
        listing = Path(here) / MANIFEST
        listing.write_bytes(msgspec.json.encode(manifest))
        archive.add(listing, arcname=MANIFEST)
    return manifest


def keep(snapshot: Snapshot, shelf: Path, *, copies: int) -> Path:
    """A backup on ``shelf``, read back whole; then all but the latest ``copies`` there are let go of.

    Raises:
        BackupWrong: what was written does not read back; the earlier ones stay.
    """
    target, progress = shelf / f"{snapshot.now:{SHELF_NAME}}", snapshot.progress
    create(snapshot.folder, target, parts=snapshot.parts, now=snapshot.now, progress=progress)
    verify(target, progress=progress)
    for old in sorted(shelf.glob(SHELF_PATTERN))[:-copies]:
        old.unlink()
        keys_of(old).unlink(missing_ok=True)
        _restores_of(old).unlink(missing_ok=True)
    return target


def verify(backup: Path, *, progress: Progress) -> Manifest:
    """Unpack ``backup``: every hash, every database's own integrity check, the keys if there.

    It lies beside the backup meanwhile, where there is room for one; beside one that may only be read, in TMPDIR.

    Raises:
        BackupWrong: something is missing, changed or damaged.
    """
    beside = backup.parent if os.access(backup.parent, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=beside) as scratch:
        if keys_of(backup).exists():
            _unpack(keys_of(backup), Path(scratch), progress)
        return _unpack(backup, Path(scratch), progress)


def restore(backup: Path, folder: Path, *, keys: Path | None = None, progress: Progress) -> Manifest:
    """Unpack ``backup`` and its keys into ``folder``, which must be empty or missing, checking them whole.

    Where there are no keys, neither ``keys`` nor any beside the backup, the folder has none.

    Raises:
        BackupWrong: the folder holds something, or the backup is damaged.
    """
    prepare(folder)
    manifest = _unpack(backup, folder, progress)
    found = keys_of(backup) if keys is None else keys
    if found.exists():
        _unpack(found, folder, progress)
    return manifest


def prepare(folder: Path) -> None:
    """An empty folder to restore into.

    Raises:
        BackupWrong: it holds something.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BackupWrong(f"{folder} is not empty: nothing was restored")
    folder.mkdir(parents=True, exist_ok=True)


def note_restore(backup: Path, *, now: datetime) -> int:
    """Write down beside ``backup`` that it was brought back; how often it was before.

    What is brought back knows nothing of its earlier lives, and must do nothing over again that one of them did.

    Raises:
        OSError: nothing can be written there.
    """
    noted = _restores_of(backup)
    with noted.open("a", encoding="utf-8") as file:
        file.write(f"{now.isoformat()}\n")
        file.flush()
        os.fsync(file.fileno())
    return len(noted.read_text(encoding="utf-8").splitlines()) - 1


def _restores_of(backup: Path) -> Path:
    return backup.with_name(f"{backup.name}.restores")


def _unpack(backup: Path, folder: Path, progress: Progress) -> Manifest:
    try:
        with backup.open("rb") as source:
            return read(source, folder, called=str(backup), progress=progress)
    except OSError as error:
        raise BackupWrong(f"{backup} is no whole backup: {error}") from error


def read(source: IO[bytes], folder: Path, *, called: str, progress: Progress) -> Manifest:
    """Unpack one archive out of ``source``, which need not seek, checking it whole; ``called`` so in what is raised.

    Raises:
        BackupWrong: something is missing, changed or damaged.
    """
    try:
        with tarfile.open(fileobj=source, mode="r|") as archive:
            for member in archive:
                _extract(archive, member, folder.resolve())
        listing = folder / MANIFEST
        manifest = msgspec.json.decode(listing.read_bytes(), type=Manifest)
        listing.unlink()
    except (OSError, tarfile.TarError, msgspec.MsgspecError) as error:
        raise BackupWrong(f"{called} is no whole backup: {error}") from error
    for name, sha256 in manifest.files.items():
        path = folder / name
        if not path.is_file() or _sha256(path) != sha256:
            raise BackupWrong(f"{called}: {name} is missing or changed")
        if _is_database(path):
            _check_database(path)
        progress(name)
    return manifest


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """Files alone, and only below ``folder``; the Python of Debian 12 has no filter of its own for that."""
    target, source = (folder / member.name).resolve(), archive.extractfile(member) if member.isfile() else None
    if source is None or not target.is_relative_to(folder):
        raise tarfile.TarError(f"{member.name!r} does not belong in a backup")
    target.parent.mkdir(parents=True, exist_ok=True)
    with source, os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE), "wb") as file:
        shutil.copyfileobj(source, file, _CHUNK_BYTES)
    target.chmod(member.mode & _MODES)


def _files(folder: Path, leave_out: frozenset[str]) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        is_left_out = leave_out.intersection(path.relative_to(folder).parts)
        if path.is_file() and not is_left_out and not path.name.endswith(("-wal", "-shm", ".partial")):
            yield path


def _is_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_SQLITE_MAGIC)) == _SQLITE_MAGIC


def _database_copy(path: Path, scratch: Path) -> Path:
    copy = scratch / path.name
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


def _check_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        (found,) = connection.execute("pragma integrity_check").fetchone()
    if found != "ok":
        raise BackupWrong(f"{path.name}: {found}")


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
