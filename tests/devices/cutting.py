"""A charge whose line dies after every byte of its conversation, one after another.

``python -m tests.devices.cutting [--every 1]``: exit status 1 when a card was charged twice, or money moved that was
neither told, nor found by asking, nor left to a person as unknown.
"""

import argparse
import os
import selectors
import sys
import threading
import tty
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from device_drivers.errors import OutcomeUnknown, Unavailable
from device_drivers.payment_terminal.privat import PrivatTcp, PrivatTerminal
from device_drivers.payment_terminal.protocol import (
    Approved,
    Inquired,
    NotPerformed,
    OperationKind,
    PaymentTerminal,
    Undecided,
)
from device_drivers.payment_terminal.simulator import PaymentTerminalSimulator
from device_drivers.payment_terminal.telium import TeliumSerial, TeliumTerminal
from device_drivers.payment_terminal.telium_simulator import TeliumSimulator
from tests.processes.cutting_line import CuttingLine

ANSWER_SECONDS = 0.08
POLL_SECONDS = 0.01
MEND_TRIES = 50


class Line(Protocol):
    """What can be cut after a byte, and mended."""

    carried_bytes: int

    def cut_after(self, byte_count: int) -> None: ...

    def mend(self) -> None: ...


class DyingSerialLine:
    """A serial cable to ``device_port`` that carries so many bytes of both directions, and then none."""

    def __init__(self, device_port: str) -> None:
        self._far, self._near = os.openpty()
        tty.setraw(self._near)
        self._device = os.open(device_port, os.O_RDWR | os.O_NOCTTY)
        self._left: int | None = None
        self._is_open = True
        self.carried_bytes = 0
        self._thread = threading.Thread(target=self._carry, name="dying-line", daemon=True)
        self._thread.start()

    @property
    def port(self) -> str:
        return os.ttyname(self._near)

    def cut_after(self, byte_count: int) -> None:
        self._left = byte_count

    def mend(self) -> None:
        self._left = None

    def close(self) -> None:
        self._is_open = False
        self._thread.join(timeout=5)
        for end in (self._far, self._near, self._device):
            os.close(end)

    def _carry(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._far, selectors.EVENT_READ, self._device)
            selector.register(self._device, selectors.EVENT_READ, self._far)
            while self._is_open:
                for key, _ in selector.select(POLL_SECONDS):
                    chunk = os.read(int(key.fd), 4_096)
                    if self._left is not None:
                        chunk, self._left = chunk[: self._left], self._left - min(len(chunk), self._left)
                    self.carried_bytes += len(chunk)
                    os.write(key.data, chunk)


class Bench:
    """A terminal, its line, and what became of every charge."""

    def __init__(
        self, terminal: PaymentTerminal, line: Line, simulator: PaymentTerminalSimulator | TeliumSimulator
    ) -> None:
        self._terminal = terminal
        self._line = line
        self._simulator = simulator
        self.ends: Counter[str] = Counter()
        self.broken: list[str] = []

    def conversation_bytes(self) -> int:
        """What a charge says over the line when nothing is cut."""
        before = self._line.carried_bytes
        self._terminal.charge(amount_kopecks=100, ref="whole", merchant_id="1")
        return self._line.carried_bytes - before

    def charge(self, *, cut_after: int) -> None:
        """One charge of its own amount, cut after so many bytes; then what the terminal took and what we know."""
        kopecks, ref = 1_000 + cut_after, f"cut-{cut_after}"
        baseline = self._terminal.baseline()
        self._line.cut_after(cut_after)
        found: Inquired | None = None
        try:
            found = self._terminal.charge(amount_kopecks=kopecks, ref=ref, merchant_id="1")
        except Unavailable:
            self._line.mend()
            self._judge(cut_after, kopecks, known="nothing happened", may_be_taken=False)
            self._wait_until_free()
            return
        except OutcomeUnknown:
            self._line.mend()
        self._line.mend()
        if found is None:
            self._wait_until_free()
            found = self._terminal.inquire(
                ref=ref,
                kind=OperationKind.CHARGE,
                baseline=baseline,
                amount_kopecks=kopecks,
                invoice_number="",
            )
        if isinstance(found, Undecided):
            self._terminal.release(ref=ref)
        is_taken = {Approved: True, NotPerformed: False}.get(type(found))
        self._judge(cut_after, kopecks, known=type(found).__name__, may_be_taken=is_taken)

    def _wait_until_free(self) -> None:
        """The terminal may still be busy with what was cut."""
        for _ in range(MEND_TRIES):
            try:
                self._terminal.baseline()
            except Unavailable:
                continue
            return
        raise AssertionError("the terminal never came back")

    def _judge(self, cut_after: int, kopecks: int, *, known: str, may_be_taken: bool | None) -> None:
        self.ends[known] += 1
        times = sum(line["kopecks"] == kopecks for line in self._simulator.ledger())
        if times > 1 or (may_be_taken is not None and times != int(may_be_taken)):
            self.broken.append(f"cut after {cut_after}: taken {times} times, known as {known}")


@contextmanager
def privat_bench(folder: Path) -> Iterator[Bench]:
    simulator = PaymentTerminalSimulator(folder / "privat.jsonl")
    simulator.start()
    line = CuttingLine(simulator.address)
    settings = PrivatTcp(address=line.address, answer_seconds=1, settle_seconds=0, purchase_seconds=1)
    yield Bench(PrivatTerminal(settings), line, simulator)
    line.close()
    simulator.close()


@contextmanager
def telium_bench(folder: Path) -> Iterator[Bench]:
    simulator = TeliumSimulator(folder / "telium.jsonl", hear_seconds=ANSWER_SECONDS)
    simulator.start()
    line = DyingSerialLine(simulator.address)
    settings = TeliumSerial(port=line.port, answer_seconds=ANSWER_SECONDS, purchase_seconds=2 * ANSWER_SECONDS)
    terminal = TeliumTerminal(settings)
    yield Bench(terminal, line, simulator)
    terminal.close()
    line.close()
    simulator.close()


BENCHES = {"privat": privat_bench, "telium": telium_bench}


def cut_everywhere(name: str, folder: Path, *, every: int) -> Bench:
    """A charge for each ``every``-th byte of the conversation."""
    with BENCHES[name](folder) as bench:
        for place in range(0, bench.conversation_bytes() + 1, every):
            bench.charge(cut_after=place)
    return bench


def main() -> int:
    parser = argparse.ArgumentParser(description="Charges cut after every byte.")
    parser.add_argument("--every", type=int, default=1)
    wanted = parser.parse_args()
    with TemporaryDirectory() as folder:
        benches = {name: cut_everywhere(name, Path(folder), every=wanted.every) for name in BENCHES}
    broken = [f"{name}: {each}" for name, bench in benches.items() for each in bench.broken]
    for each in broken:
        sys.stdout.write(f"{each}\n")
    sys.stdout.write(" ".join(f"{name}={dict(bench.ends)}" for name, bench in benches.items()) + "\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
