"""A loop outlives a full or failing disk, and nothing else."""

import asyncio
import errno
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sync.storage.disk_failure import is_disk_failure, outlive_disk_failures


def sqlite_without_room(path: Path) -> sqlite3.Error:
    """What SQLite says when its file may not grow."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma max_page_count = 1")
        with pytest.raises(sqlite3.OperationalError) as full:
            connection.execute("create table t (x)")
    return full.value


def test_no_room_is_a_disk_failure_as_sqlite_and_the_system_say_it(tmp_path: Path):
    assert is_disk_failure(sqlite_without_room(tmp_path / "db"))
    assert is_disk_failure(OSError(errno.ENOSPC, "no space"))
    assert not is_disk_failure(sqlite3.IntegrityError("unique"))
    assert not is_disk_failure(ConnectionResetError(errno.ECONNRESET, "reset"))


def test_a_layer_over_sqlite_speaks_of_the_disk_in_its_own_words(tmp_path: Path):
    path = tmp_path / "db"
    failures = [sqlite_without_room(path)]

    async def loop() -> None:
        if failures:
            raise LookupError("the layer") from failures.pop()

    asyncio.run(outlive_disk_failures(loop, errors=(LookupError,), wait_seconds=0))
    assert failures == []


def test_a_loop_begins_anew_until_there_is_room(tmp_path: Path):
    failures: list[Exception] = [
        sqlite_without_room(tmp_path / "db"),
        ExceptionGroup("two tasks", [OSError(errno.ENOSPC, "no space")]),
    ]

    async def loop() -> None:
        if failures:
            raise failures.pop()

    asyncio.run(outlive_disk_failures(loop, wait_seconds=0))
    assert failures == []


@pytest.mark.parametrize("bug", [sqlite3.IntegrityError("unique"), OSError(errno.EPERM, "denied"), KeyError("bug")])
def test_a_bug_ends_the_loop(bug: Exception):
    async def loop() -> None:
        raise ExceptionGroup("tasks", [bug, OSError(errno.ENOSPC, "no space")])

    with pytest.raises(ExceptionGroup) as ended:
        asyncio.run(outlive_disk_failures(loop, wait_seconds=0))
    assert ended.group_contains(type(bug))
