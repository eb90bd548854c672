"""A ticket printer that is not there: takes ESC/POS over TCP, keeps what it printed as PNG files in a spool folder.

Faults: ``paper-out`` and ``cover-open`` (what was sent waits in the buffer and prints when the fault is cleared, as in
real printers), ``near-end``, ``offline``, ``paper-out-at-print`` (well when asked, out when the ticket comes),
``lose-confirmation`` (prints a ticket and says nothing), ``power-cut`` and ``power-cut-at-print`` (lets everybody go,
and forgets what it was sent). It shares no code with the driver.
"""

import re
import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from PIL import Image

from device_drivers.simulated import TcpSimulator

RASTER, CUT, ASK_PAPER, FEED, RESET = b"\x1dv0", b"\x1dV", b"\x1dr", b"\x1bd", b"\x1b@"
COMMAND_BEGINS = re.compile(rb"[\x1b\x1d]")
LONG_HEADS = (RASTER, CUT, ASK_PAPER, FEED)
REAL_TIME = b"\x10\x04"  # DLE EOT n
SPELT = re.compile(REAL_TIME + rb"[\x01\x02\x04]")
QUESTION_BYTES = 3
HEAD_BYTES = 3  # of each of these
ASKED_PAPER = b"\x01\x02"  # the n of GS r n that are answered
LINE_ROWS = 30  # what ESC d feeds for each of its lines
KNIFE_ROWS = 120  # the knife stands so far above the dots: 15 mm
STATUS = {
    None: (0x12, 0x12, 0x12),
    "paper-out": (0x1A, 0x32, 0x7E),
    "cover-open": (0x1A, 0x16, 0x12),
    "near-end": (0x12, 0x12, 0x1E),
    "offline": (0x1A, 0x12, 0x12),
}


class TicketPrinterSimulator(TcpSimulator):
    """Prints into ``spool``: ticket-0001.png, ticket-0002.png, and so on."""

    FAULTS: ClassVar[tuple[str, ...]] = (
        "paper-out",
        "cover-open",
        "near-end",
        "offline",
        "paper-out-at-print",
        "lose-confirmation",
        "power-cut",
        "power-cut-at-print",
    )

    def __init__(self, spool: Path, *, port: int = 0) -> None:
        super().__init__(port=port)
        self._spool = spool
        self._spool.mkdir(parents=True, exist_ok=True)
        self._buffer = bytearray()
        self._strips: list[Image.Image] = []  # on the paper since the last cut
        self._fed_rows = 0  # since the last dots
        self._has_just_printed = False
        self._lock = threading.Lock()
        self._client: socket.socket | None = None  # who hears the answers; under the lock
        self._printed_count = len(list(spool.glob("ticket-*.png")))

    def facts(self) -> dict[str, str | int]:
        return {"printed": self._printed_count, "spool": str(self._spool), "buffered_bytes": len(self._buffer)}

    def tickets(self) -> list[Path]:
        """The pictures printed so far, oldest first."""
        return sorted(self._spool.glob("ticket-*.png"))

    def hanging(self) -> Image.Image | None:
        """What is printed and not cut: a person at the printer sees it, and could tear it off."""
        with self._lock:
            return _joined(self._strips) if self._strips else None

    def after_change(self) -> None:
        with self._lock:
            if self.fault == "power-cut":
                self._lose_power()
            self._work()

    def serve(self, client: socket.socket) -> None:
        with self._lock:
            if self.fault == "power-cut":
                return
            self._client = client
        begun = b""  # of a real-time question that came in pieces
        try:
            while (chunk := self.received(client)) is not None:
                begun += chunk
                with self._lock:
                    while len(begun) >= QUESTION_BYTES and begun.startswith(REAL_TIME):
                        client.sendall(self._real_time_status(begun[2]))
                        begun = begun[QUESTION_BYTES:]
                    for spelt in SPELT.findall(begun):  # dots like any others, and answered all the same
                        client.sendall(self._real_time_status(spelt[2]))
                    if len(begun) < QUESTION_BYTES and begun[:2] in {REAL_TIME[:1], REAL_TIME}:
                        continue
                    self._buffer += begun
                    begun = b""
                    self._work()
        finally:
            with self._lock:
                self._client = None

    def _real_time_status(self, which: int) -> bytes:
        answers = STATUS.get(self.fault, STATUS[None])
        return bytes([answers[{1: 0, 2: 1, 4: 2}[which]]])

    def _work(self) -> None:
        """Take whole commands from the buffer until it is empty, incomplete, or the mechanism stands still."""
        while self._buffer:
            if self.fault == "paper-out-at-print" and self._buffer.startswith(RASTER):
                self._fault = "paper-out"
            if self.fault == "power-cut-at-print" and self._buffer.startswith(RASTER):
                self._fault = "power-cut"
                self._lose_power()
            if self.fault in {"paper-out", "cover-open", "offline"}:
                return
            length = self._do()
            if length == 0:
                return
            del self._buffer[:length]

    def _lose_power(self) -> None:
        """Forget what was sent, but for the dots on the paper; whoever calls next is let go at once."""
        self._buffer.clear()
        if self._client is not None:
            with suppress(OSError):
                self._client.shutdown(socket.SHUT_RDWR)

    def _do(self) -> int:
        """Do the first command; its length, or 0 while bytes are missing."""
        head = bytes(self._buffer[:HEAD_BYTES])
        if len(head) < HEAD_BYTES and any(each.startswith(head[: len(each)]) for each in LONG_HEADS):
            return 0
        if head == RASTER:
            return self._raster()
        if head.startswith(CUT):
            self._cut()
        elif head.startswith(ASK_PAPER):
            self._tell_paper(head[2:])
        elif head.startswith(FEED):
            self._fed_rows += head[2] * LINE_ROWS
        else:
            return len(RESET) if head.startswith(RESET) else self._unknown()
        return HEAD_BYTES

    def _unknown(self) -> int:
        """How many bytes of text, and of what this printer does not know, are skipped until a command may begin."""
        begins = COMMAND_BEGINS.search(self._buffer, 1)
        return begins.start() if begins else len(self._buffer)

    def _tell_paper(self, which: bytes) -> None:
        is_lost = self.fault == "lose-confirmation" and self._has_just_printed
        self._has_just_printed = False
        if self._client is not None and not is_lost and which in ASKED_PAPER:
            with suppress(OSError):  # who asked is gone: the printer does not care
                self._client.sendall(b"\x00" if self.fault != "near-end" else b"\x03")

    def _raster(self) -> int:
        if len(self._buffer) < 8:  # noqa: PLR2004 - GS v 0 m xL xH yL yH
            return 0
        width_bytes = int.from_bytes(self._buffer[4:6], "little")
        rows = int.from_bytes(self._buffer[6:8], "little")
        end = 8 + width_bytes * rows
        if len(self._buffer) < end:
            return 0
        if end == 8:  # noqa: PLR2004 - a picture without dots: the rest of its measures never came
            return end
        inverted = bytes(255 - byte for byte in self._buffer[8:end])  # ink is 1 on the line, 0 in the picture
        self._fed_rows = 0
        self._strips.append(Image.frombytes("1", (width_bytes * 8, rows), inverted))
        return end

    def _cut(self) -> None:
        """Let out what is above the knife; dots that were not fed so far stay, for the next paper to begin with."""
        if not self._strips:
            return
        sheet = _joined(self._strips)
        cut_at = sheet.height - min(sheet.height, max(0, KNIFE_ROWS - self._fed_rows))
        self._strips = [sheet.crop((0, cut_at, sheet.width, sheet.height))] if cut_at < sheet.height else []
        if cut_at == 0:
            return
        self._printed_count += 1
        self._has_just_printed = True
        path = self._spool / f"ticket-{self._printed_count:04d}.png"
        sheet.crop((0, 0, sheet.width, cut_at)).save(path.with_suffix(".part"), format="PNG")
        path.with_suffix(".part").rename(path)


def _joined(strips: list[Image.Image]) -> Image.Image:
    sheet = Image.new("1", (strips[0].width, sum(strip.height for strip in strips)), 1)
    top = 0
    for strip in strips:
        sheet.paste(strip, (0, top))
        top += strip.height
    return sheet
