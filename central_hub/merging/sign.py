"""A few bytes that the app and its merging process share: they outlive a process that dies in the midst of a call."""

import mmap
import os
import time
from collections.abc import Callable

OPERATION_LETTERS = 26
WAIT_SECONDS = 0.001
WAITS_MAX = 250
_WRITING, _MERGING = OPERATION_LETTERS, OPERATION_LETTERS + 1
SIGN_BYTES = OPERATION_LETTERS + 2


class Sign:
    """Which operation is being applied, and who of the two holds the database or wants to: each shows it to the other.

    A database that another process holds can only be asked for again, at ever longer intervals; these bytes cost
    nothing to look at, so whose turn it is takes it within a millisecond.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._bytes = mmap.mmap(descriptor, SIGN_BYTES)

    @classmethod
    def new(cls) -> "Sign":
        """An empty one, in memory only."""
        descriptor = os.memfd_create("merging", 0)
        os.ftruncate(descriptor, SIGN_BYTES)
        return cls(descriptor)

    def close(self) -> None:
        self._bytes.close()
        os.close(self.descriptor)

    def show_operation(self, operation_id: str) -> None:
        """This one is applied next; empty for none."""
        self._bytes[:OPERATION_LETTERS] = operation_id.encode().ljust(OPERATION_LETTERS, b"\0")[:OPERATION_LETTERS]

    @property
    def operation_id(self) -> str:
        """The one at which the worker is, or died."""
        return self._bytes[:OPERATION_LETTERS].rstrip(b"\0").decode()

    def begin_writing(self) -> None:
        """The app wants the database."""
        self._bytes[_WRITING] = 1

    def end_writing(self) -> None:
        """The app has let go of it."""
        self._bytes[_WRITING] = 0

    def begin_merging(self) -> None:
        """The worker wants the database."""
        self._bytes[_MERGING] = 1

    def end_merging(self) -> None:
        """The worker has let go of it, or has died."""
        self._bytes[_MERGING] = 0

    @property
    def is_merging(self) -> bool:
        """Whether the worker writes."""
        return self._bytes[_MERGING] == 1

    @property
    def is_writing(self) -> bool:
        """Whether the app writes, or waits to."""
        return self._bytes[_WRITING] == 1


def wait_while(is_busy: Callable[[], bool]) -> None:
    """Until the other has let go of the database, or has held it for so long that the database may decide."""
    for _ in range(WAITS_MAX):
        if not is_busy():
            return
        time.sleep(WAIT_SECONDS)  # a byte in memory has nothing to wait on
