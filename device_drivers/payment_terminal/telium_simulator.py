"""A Telium terminal that is not there: ENQ, ACK and frames on a pseudo-terminal, with a ledger in a file.

It shares no code with the driver. Faults say what happens to the next payer, and to those after:

* ``declined``, ``partial`` (half), ``busy`` (NAK to every ENQ)
* ``refuse-frame``: NAK to the ask; ``asleep``: the first ENQ after a rest is not heard
* ``wrong-check``: the first sending of an answer has a wrong LRC; ``noise``: stray bytes before everything
* ``lose-answer``: acts, then says nothing; ``drop-before-charge``: takes the ask and does nothing
* ``late``: acts, and wants to answer when nobody waits any more
* ``silent``: hears nothing
"""

import os
import selectors
import threading
import time
import tty
from functools import reduce
from operator import xor
from pathlib import Path
from typing import ClassVar

from device_drivers.payment_terminal.simulated_bank import Line, SimulatedBank
from device_drivers.simulated import Faulty

STX, ETX, EOT, ENQ, ACK, NAK = 0x02, 0x03, 0x04, 0x05, 0x06, 0x15
ASK_BYTES = 37  # STX, 34 letters, ETX, LRC
POLL_SECONDS = 0.05
HEAR_SECONDS = 1.0
ANSWER_HEARINGS = 10  # so many times longer for somebody to take its answer
LATE_SECONDS = 1.0
CARD = "4731000000009838"
KINDS = {"0": "charge", "2": "refund"}


class TeliumSimulator(Faulty):
    """Charges everybody, unless a fault is set.

    ``think_seconds`` is how long a card takes, ``hear_seconds`` how long it waits for a control character.
    """

    FAULTS: ClassVar[tuple[str, ...]] = (
        "declined",
        "partial",
        "busy",
        "refuse-frame",
        "asleep",
        "wrong-check",
        "noise",
        "lose-answer",
        "drop-before-charge",
        "late",
        "silent",
    )

    def __init__(self, ledger: Path, *, think_seconds: float = 0.0, hear_seconds: float = HEAR_SECONDS) -> None:
        super().__init__()
        self._hear_seconds = hear_seconds
        self._bank = SimulatedBank(ledger)
        self._think_seconds = think_seconds
        self._line, self._near = os.openpty()
        tty.setraw(self._near)
        self._is_open = True
        self._is_rested = True
        self._pending = b""
        self.asks_received = 0
        self._thread = threading.Thread(target=self._serve, name=type(self).__name__, daemon=True)

    @property
    def address(self) -> str:
        return os.ttyname(self._near)

    def start(self) -> None:
        """Begin to serve, in a thread of its own."""
        self._thread.start()

    def close(self) -> None:
        """Pull the cable."""
        self._is_open = False
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        for end in (self._line, self._near):
            os.close(end)

    def after_change(self) -> None:
        self._is_rested = True

    def facts(self) -> dict[str, str | int]:
        return {**self._bank.facts(), "asks_received": self.asks_received}

    def ledger(self) -> list[Line]:
        """All operations the terminal remembers, the opening one first."""
        return self._bank.lines()

    def decode_ask(self, frame: bytes) -> tuple[str, int, str]:
        """Till, kopecks and transaction type of an ask; raises ValueError."""
        if reduce(xor, frame[1:-1]) != frame[-1]:
            raise ValueError("LRC")
        text = frame[1:-2].decode("ascii")
        return text[:2], int(text[2:10]), text[12]

    def encode_answer(self, *, till: str, result: int, kopecks: int, private: str) -> bytes:
        """The long answer."""
        body = f"{till}{result}{kopecks:08d}1{CARD:<55}980{private:<10}".encode("ascii") + bytes([ETX])
        return bytes([STX]) + body + bytes([reduce(xor, body)])

    def _serve(self) -> None:
        while self._is_open:
            heard = self._hear(POLL_SECONDS)
            if heard != ENQ or self.fault == "silent":
                continue
            if self.fault == "asleep" and self._is_rested:
                self._is_rested = False
                continue
            if self.fault == "busy":
                self._say(NAK)
                continue
            self._say(ACK)
            self._listen()

    def _listen(self) -> None:
        """Hear an ask, or the EOT of somebody who only said hello."""
        first = self._hear(self._hear_seconds)
        if first != STX:
            return
        frame = bytes([STX])
        while len(frame) < ASK_BYTES:
            heard = self._hear(self._hear_seconds)
            if heard is None:
                return
            frame += bytes([heard])
        self.asks_received += 1
        try:
            till, kopecks, transaction = self.decode_ask(frame)
        except ValueError:
            self._say(NAK)
            return
        if self.fault == "refuse-frame":
            self._say(NAK)
            return
        self._say(ACK)
        self._hear(self._hear_seconds)  # EOT
        if self.fault != "drop-before-charge":
            self._act(till, kopecks, KINDS.get(transaction, "charge"))

    def _act(self, till: str, kopecks: int, kind: str) -> None:
        time.sleep(self._think_seconds)  # a terminal waits for its host and the person
        fault = self.fault
        taken = kopecks // 2 if fault == "partial" else kopecks
        code = {"declined": "0005", "partial": "0010"}.get(fault or "", "0000")
        line = self._bank.enter(kind, kopecks=taken, code=code, merchant="1")
        if fault == "lose-answer":
            return
        if fault == "late":
            self._rest(LATE_SECONDS)
        result = 7 if fault == "declined" else 0
        answer = self.encode_answer(till=till, result=result, kopecks=taken, private=str(line["invoice"]))
        self._pending = b""  # who greeted meanwhile was not heard
        self._say(ENQ)
        if not self._hear_ack():
            return
        if fault == "wrong-check":
            self._write(answer[:-1] + bytes([answer[-1] ^ 1]))
            if self._hear(self._hear_seconds) != NAK:
                return
        self._write(answer)
        if self._hear(self._hear_seconds) == ACK:
            self._say(EOT)

    def _rest(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while self._is_open and time.monotonic() < end:
            time.sleep(POLL_SECONDS)  # as long as it rests it hears nobody; only a close wakes it

    def _hear_ack(self) -> bool:
        """Wait for ACK, past the greetings of somebody who has not heard that it is not their turn."""
        end = time.monotonic() + ANSWER_HEARINGS * self._hear_seconds
        while self._is_open and time.monotonic() < end:
            if self._hear(self._hear_seconds) == ACK:
                return True
        return False

    def _hear(self, seconds: float) -> int | None:
        """The next byte; None when none comes in time or the simulator closes."""
        end = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self._line, selectors.EVENT_READ)
            while not self._pending and self._is_open and time.monotonic() < end:
                if selector.select(POLL_SECONDS):
                    self._pending = os.read(self._line, 4_096)
        if not self._pending:
            return None
        first, self._pending = self._pending[0], self._pending[1:]
        return first

    def _say(self, character: int) -> None:
        self._write(bytes([character]))

    def _write(self, message: bytes) -> None:
        os.write(self._line, b"\x00\xff" + message if self.fault == "noise" else message)
