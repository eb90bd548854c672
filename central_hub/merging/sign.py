"""A few bytes that the app and its merging process share: they outlive a process that dies in the midst of a call."""

import mmap
import os

OPERATION_LETTERS = 26
_WRITING = OPERATION_LETTERS
SIGN_BYTES = OPERATION_LETTERS + 1


class Sign:
    """Which operation is being applied, shown by the worker; and whether the app wants to write, shown by the app."""

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

    @property
    def is_writing(self) -> bool:
        """Whether the app writes, or waits to."""
        return self._bytes[_WRITING] == 1
