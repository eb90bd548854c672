"""Somebody else's program, run to its end or killed with all that it started."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence


class Child:
    """One program at a time, in a process group of its own; ``close`` may come from another thread."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._is_closed = False

    def run(self, command: Sequence[str], *, seconds_max: float, given: bytes = b"") -> bytes:
        """What ``command`` writes when it is given ``given`` to read.

        Raises OSError when it cannot be started, subprocess.SubprocessError when it fails or takes too long.
        """
        if self._is_closed:
            raise ConnectionAbortedError("closed")
        with subprocess.Popen(  # noqa: S603 - no shell; the command stands in the settings of the office
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            self._process = process
            try:
                written, _ = process.communicate(given, timeout=seconds_max)
            finally:
                self._process = None
                kill_group(process)
        if process.returncode != 0:
            raise subprocess.CalledProcessError(process.returncode, command[0])
        return written

    def close(self) -> None:
        """Kill what runs; nothing runs after it."""
        self._is_closed = True
        if (process := self._process) is not None:
            kill_group(process)


def kill_group(process: "subprocess.Popen[bytes]") -> None:
    """Kill the program and its own children, whichever of them still run."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
