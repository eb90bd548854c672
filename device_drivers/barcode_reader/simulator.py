"""A reader that is not there: a pseudo-terminal under a name of its own, as udev names a port by id.

Faults: ``unplugged``; ``stutters`` (a held trigger: every code twice); ``noisy`` (bytes that are no code before each,
and the code in pieces).
"""

import os
import tty
from pathlib import Path
from typing import ClassVar

from device_drivers.simulated import Faulty

NOISE = b"\xff\xfe\x00\x80\r"


class BarcodeReaderSimulator(Faulty):
    """Says what it is told to have read."""

    FAULTS: ClassVar[tuple[str, ...]] = ("unplugged", "stutters", "noisy")

    def __init__(self, link: Path) -> None:
        super().__init__()
        self._link = link
        self._ends: tuple[int, int] | None = None
        self._scanned = 0
        link.parent.mkdir(parents=True, exist_ok=True)
        self._plug_in()

    @property
    def address(self) -> str:
        return str(self._link)

    def facts(self) -> dict[str, str | int]:
        return {"scanned": self._scanned}

    def scan(self, code: str) -> None:
        """Hold a code before it; raises ValueError when the reader is not plugged in."""
        if self._ends is None:
            raise ValueError("the reader is unplugged")
        self._scanned += 1
        line = code.encode() + b"\r"
        match self.fault:
            case "stutters":
                self.send(line)
                self.send(line)
            case "noisy":
                for piece in (NOISE, line[:3], line[3:]):
                    self.send(piece)
            case _:
                self.send(line)

    def send(self, chunk: bytes) -> None:
        """Put bytes on the line as they are."""
        if self._ends is not None:
            os.write(self._ends[0], chunk)

    def after_change(self) -> None:
        if self.fault == "unplugged":
            self.close()
        elif self._ends is None:
            self._plug_in()

    def close(self) -> None:
        """Pull the cable: the name goes, and the line hangs up."""
        self._link.unlink(missing_ok=True)
        ends, self._ends = self._ends, None
        for end in ends or ():
            os.close(end)

    def _plug_in(self) -> None:
        self._ends = os.openpty()
        tty.setraw(self._ends[1])
        self._link.unlink(missing_ok=True)
        self._link.symlink_to(os.ttyname(self._ends[1]))
