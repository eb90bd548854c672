"""The line discipline of Telium: who has the word, and what is heard of the other side."""

import contextlib

from device_drivers.link import Link, Patience
from device_drivers.payment_terminal.telium_codec import ACK, ENQ, EOT, NAK, Answer, decode_answer, whole_frame

ENQ_TRIES = 3  # one may be lost to a terminal that wakes up
ANSWER_TRIES = 3  # of reading an answer whose LRC is wrong; the terminal sends it again after NAK
DRAIN_SECONDS = 0.02


class FrameRefused(Exception):  # noqa: N818 - the name is the fact
    """The terminal said NAK to the ask: it has not taken it."""


class Busy(ConnectionError):  # noqa: N818 - the name is the fact
    """The terminal said NAK to every ENQ."""


class TeliumLine:
    """An open line with what was heard on it and not understood yet."""

    def __init__(self, link: Link, *, answer_seconds: float) -> None:
        self._link = link
        self._answer_seconds = answer_seconds
        self._heard = b""

    def send(self, message: bytes) -> None:
        """Hand all of ``message`` to the line; raises OSError."""
        self._link.send(message)

    def close(self) -> None:
        """Let go of the port."""
        self._link.close()

    def greet(self) -> Answer | None:
        """Get the terminal's ear; the answer that it first wanted to be rid of, if it had one.

        Raises OSError: TimeoutError when it keeps silent, Busy when it says so. Whatever else lies in the line is of
        the past: a check byte in it must not pass for an ACK.
        """
        late = self._hear_late() if self._drain().endswith(ENQ) else None
        last = None
        for _ in range(ENQ_TRIES):
            self.send(ENQ)
            last = self._next({ACK, NAK, ENQ})
            if last == ACK:
                return late
            if last == ENQ:
                late = self._hear_late() or late
        self.send(EOT)
        raise Busy("NAK") if last == NAK else TimeoutError("no ACK")

    def hand_over(self, frame: bytes) -> None:
        """Send the ask, once; raises FrameRefused on NAK, OSError when neither ACK nor NAK came."""
        self.send(frame)
        heard = self._next({ACK, NAK})
        if heard is None:
            raise TimeoutError("neither ACK nor NAK")
        self.send(EOT)
        if heard == NAK:
            raise FrameRefused

    def await_answer(self, *, wait_seconds: float) -> Answer:
        """Wait until the terminal wants the word, and take its answer; raises OSError, ValueError."""
        if self._next({ENQ}, wait_seconds=wait_seconds) is None:
            raise TimeoutError("no answer")
        return self._read_answer()

    def _hear_late(self) -> Answer | None:
        with contextlib.suppress(TimeoutError, ValueError):
            return self._read_answer()
        return None

    def _read_answer(self) -> Answer:
        """The answer after the terminal's ENQ; asks for it again while it cannot be read."""
        self.send(ACK)
        for _ in range(ANSWER_TRIES - 1):
            try:
                return self._taken(decode_answer(self._read_frame()))
            except ValueError:
                self._drain()
                self.send(NAK)
        return self._taken(decode_answer(self._read_frame()))

    def _taken(self, answer: Answer) -> Answer:
        self.send(ACK)
        self._next({EOT})
        return answer

    def _read_frame(self) -> bytes:
        patience = Patience(self._answer_seconds)
        while (frame := whole_frame(self._heard)) is None:
            self._heard += self._link.receive(wait_seconds=patience.left_seconds())
        self._heard = self._heard.partition(frame)[2]
        return frame

    def _next(self, wanted: set[bytes], *, wait_seconds: float | None = None) -> bytes | None:
        """The first of these characters, past whatever else is heard; None when none came in time."""
        patience = Patience(self._answer_seconds if wait_seconds is None else wait_seconds)
        while True:
            while self._heard:
                character, self._heard = self._heard[:1], self._heard[1:]
                if character in wanted:
                    return character
            try:
                self._heard += self._link.receive(wait_seconds=patience.left_seconds())
            except TimeoutError:
                return None

    def _drain(self) -> bytes:
        """All that lies in the line, which is empty after it."""
        found, self._heard = self._heard, b""
        with contextlib.suppress(TimeoutError):
            while True:
                found += self._link.receive(wait_seconds=DRAIN_SECONDS)
        return found
