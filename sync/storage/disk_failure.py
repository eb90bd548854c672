"""A disk that is full or fails: what it looks like, what a person is told, and loops that outlive it."""

import asyncio
import errno
import logging
import sqlite3
from collections.abc import Awaitable, Callable

from sync.vocabulary.errors import Refusal

ROOM_SECONDS = 5.0  # how long a loop waits for room before it begins anew
_OF_SQLITE = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN})
_OF_THE_SYSTEM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})

_log = logging.getLogger(__name__)


class DiskFull(Refusal):
    """The disk takes no more, or fails: nothing of this was kept, and what was kept before is whole."""

    status = 507


def is_disk_failure(error: BaseException) -> bool:
    """Whether it is the disk that has no room, or cannot be read or written; as SQLite or the system say it.

    An error raised from such a one is the same: so speak the layers over SQLite.
    """
    if error.__cause__ is not None and is_disk_failure(error.__cause__):
        return True
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in _OF_SQLITE  # the rest is SQLite's finer word on it
    return isinstance(error, OSError) and error.errno in _OF_THE_SYSTEM


async def outlive_disk_failures(
    loop: Callable[[], Awaitable[None]],
    *,
    errors: tuple[type[Exception], ...] = (sqlite3.Error, OSError),
    wait_seconds: float = ROOM_SECONDS,
) -> None:
    """Run ``loop``; where the disk fails under it, begin it anew until there is room. Anything else is raised.

    A full disk must not end the process: its pages still show what is known, and say what was not done. ``errors`` are
    the kinds in which the store of this loop speaks of the disk.
    """
    is_told = False
    while True:
        try:
            await loop()
        except* errors as failed:
            if failed.subgroup(_is_bug) is not None:
                raise
            if not is_told:
                _log.error("the disk is full or fails: %s", failed.exceptions[0])
            is_told = True
        else:
            return
        await asyncio.sleep(wait_seconds)


def _is_bug(error: BaseException) -> bool:
    return not isinstance(error, BaseExceptionGroup) and not is_disk_failure(error)
