"""Serial ports: whose they are, and which there are.

A port has several names (``/dev/ttyUSB0``, ``/dev/serial/by-id/…``) and its number changes with the order of plugging
in: settings name it by id, and the lock goes by the device itself. pyserial's own lock keeps off only who asks for one.
"""

import fcntl
import os
import tempfile
from pathlib import Path
from typing import Self

from device_drivers.errors import Unavailable

BY_ID = Path("/dev/serial/by-id")
LOCK_FOLDERS = (Path("/run/lock"), Path(tempfile.gettempdir()))
LOCK_MODE = 0o660
LOCK_FLAGS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW


class PortLock:
    """Holds a port for one driver of one process; the kernel lets go of it when the process ends, however it ends."""

    def __init__(self, port: str) -> None:
        """Raises Unavailable: ``no-port`` when there is none, ``port-busy`` when somebody else has it."""
        try:
            device = Path(port).stat().st_rdev
        except OSError as error:
            raise Unavailable("no-port") from error
        folder = next(folder for folder in LOCK_FOLDERS if os.access(folder, os.W_OK))
        path = folder / f"vikno-port-{os.major(device)}-{os.minor(device)}.lock"
        try:
            self._file = os.fdopen(os.open(path, LOCK_FLAGS, LOCK_MODE), "rb+")
        except OSError as error:  # another account's: its own process has the port, or had
            raise Unavailable("port-busy") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise Unavailable("port-busy") from error

    def release(self) -> None:
        """Let others have the port; the file stays, since removing it would let two hold it at once."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def ports_by_id(folder: Path = BY_ID) -> tuple[str, ...]:
    """The ports that are plugged in, by the names that settings should use."""
    return tuple(sorted(str(path) for path in folder.iterdir())) if folder.is_dir() else ()
