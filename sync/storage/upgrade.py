"""Tables are brought forward when a newer version starts; a copy of the database as it was is taken first."""

import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import sqlite_utils
from sqlite_utils.migrations import Migrations

COPY_MARK = ".before-"  # what follows is how many migrations the copy has, or its revision


def bring_forward(connection: sqlite3.Connection, migrations: Iterable[Migrations], *, path: Path) -> None:
    """Apply what is pending; a database that was in use is copied beside itself first.

    Each migration is a transaction of its own: after a crash in the middle the next start goes on, and the first copy
    stays. To go back to the version before: stop, put the copy in the database's place, start the older version.
    """
    database = sqlite_utils.Database(connection)
    known = list(migrations)
    pending = [each for each in known if each.pending(database)]
    if not pending:
        return
    applied = sum(len(each.applied(database)) for each in known)
    if applied:
        copy_of(path, mark=str(applied))
    for each in pending:
        each.apply(database)


def copy_of(path: Path, *, mark: str) -> Path:
    """A whole copy of the database at ``path`` as it stands, durably beside it, for its owner's eyes only."""
    target = path.with_name(f"{path.name}{COPY_MARK}{mark}")
    if target.exists():
        return target
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(part)) as copy:
        source.backup(copy)
    descriptor = os.open(part, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    part.replace(target)
    return target


def forget_copies(path: Path) -> int:
    """Delete the copies that upgrades left, for what was erased since still stands in them; how many there were."""
    copies = list(path.parent.glob(f"{path.name}{COPY_MARK}*"))
    for copy in copies:
        copy.unlink(missing_ok=True)
    return len(copies)
