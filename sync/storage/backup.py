"""Backups of one folder: databases by SQLite's own backup, files as they are, and a manifest of hashes.

A backup is one ``tar`` file written beside its final name and renamed when it is whole.
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


def create(folder: Path, target: Path, *, leave_out: frozenset[str], now: datetime, progress: Progress) -> Manifest:
    """Back ``folder`` up into the file ``target``, while the app may go on writing."""
    partial = target.with_name(target.name + ".partial")
    files: dict[str, str] = {}
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch, tarfile.open(partial, "w") as archive:
        for path in _files(folder, leave_out):
            name = path.relative_to(folder).as_posix()
            source = _database_copy(path, Path(scratch)) if _is_database(path) else path
            files[name] = _sha256(source)
            archive.add(source, arcname=name)
            progress(name)
        manifest = Manifest(taken_at=now, files=files)
        listing = Path(scratch) / MANIFEST
        listing.write_bytes(msgspec.json.encode(manifest))
        archive.add(listing, arcname=MANIFEST)
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    partial.replace(target)
    return manifest


def keep(
    folder: Path, shelf: Path, *, copies: int, leave_out: frozenset[str], now: datetime, progress: Progress
) -> Path:
    """A backup of ``folder`` on ``shelf``, read back whole; then all but the latest ``copies`` there are let go of.

    Raises:
        BackupWrong: what was written does not read back; the earlier ones stay.
    """
    target = shelf / f"{now:{SHELF_NAME}}"
    create(folder, target, leave_out=leave_out, now=now, progress=progress)
    verify(target, progress=progress)
    for old in sorted(shelf.glob(SHELF_PATTERN))[:-copies]:
        old.unlink()
        _restores_of(old).unlink(missing_ok=True)
    return target


def verify(backup: Path, *, progress: Progress) -> Manifest:
    """Read ``backup`` whole: every hash, and every database's own integrity check.

    Raises:
        BackupWrong: something is missing, changed or damaged.
    """
    with tempfile.TemporaryDirectory(dir=backup.parent) as scratch:
        return _unpack(backup, Path(scratch), progress)


def restore(backup: Path, folder: Path, *, progress: Progress) -> Manifest:
    """Unpack ``backup`` into ``folder``, which must be empty or missing, checking it whole.

    Raises:
        BackupWrong: the folder holds something, or the backup is damaged.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BackupWrong(f"{folder} is not empty: nothing was restored")
    folder.mkdir(parents=True, exist_ok=True)
    return _unpack(backup, folder, progress)


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
        with tarfile.open(backup) as archive:
            for member in archive:
                _extract(archive, member, folder.resolve())
        listing = folder / MANIFEST
        manifest = msgspec.json.decode(listing.read_bytes(), type=Manifest)
        listing.unlink()
    except (OSError, tarfile.TarError, msgspec.MsgspecError) as error:
        raise BackupWrong(f"{backup} is no whole backup: {error}") from error
    for name, sha256 in manifest.files.items():
        path = folder / name
        if not path.is_file() or _sha256(path) != sha256:
            raise BackupWrong(f"{backup}: {name} is missing or changed")
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
