"""Tickets whose line dies after a byte of their conversation, one place after another.

``python -m tests.devices.torn_tickets [--every 1]``: exit status 1 when a ticket came out twice, was confirmed and is
not there, hangs on another, or came though nothing was said to have been sent.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import structs
from PIL import Image

from device_drivers.errors import OutcomeUnknown, Unavailable
from device_drivers.ticket_printer.escpos import EscposTcp, EscposTicketPrinter
from device_drivers.ticket_printer.paper import render
from device_drivers.ticket_printer.protocol import TicketPaper
from device_drivers.ticket_printer.simulator import TicketPrinterSimulator
from tests.processes.cutting_line import CuttingLine

CONFIRM_SECONDS = 0.4
ASKED_BYTES = 12  # three questions of three bytes, and their answers
LAST_BYTES = 12  # feed, cut, GS r and its answer
HEAD_BYTES = 14  # ESC @, GS v 0 and its measures, the first dots


class TornTickets:
    """A printer behind a line that is cut; what was told of each ticket, and what lies there."""

    def __init__(self, folder: Path) -> None:
        self._simulator = TicketPrinterSimulator(folder)
        self._simulator.start()
        self._line = CuttingLine(self._simulator.address)
        self._printer = EscposTicketPrinter(EscposTcp(address=self._line.address, confirm_seconds=CONFIRM_SECONDS))
        self._told: list[tuple[TicketPaper, bool | None]] = []  # whether it came out; None: nobody knows
        self.ends: Counter[str] = Counter()

    def close(self) -> None:
        self._line.close()
        self._simulator.close()

    def conversation_bytes(self) -> int:
        """What a ticket says over the line when nothing is cut."""
        self._print(TicketPaper(number="Щ 000"))
        before = self._line.carried_bytes
        self._print(TicketPaper(number="Щ 999"))
        return self._line.carried_bytes - before

    def print_torn(self, place: int) -> None:
        """A ticket whose line dies after ``place`` bytes; after the mend its copy, where it may have come out."""
        paper = TicketPaper(number=f"А {len(self._told):03}")
        self._line.cut_after(place)
        is_out = self._print(paper)
        self._line.mend()
        if is_out is None:
            self._print(structs.replace(paper, is_copy=True))
        elif not is_out:
            self._print(paper)

    def differences(self) -> list[str]:
        """What was told and what lies there disagree about; a torn piece is none, as long as nothing hangs on it."""
        lying: Counter[bytes] = Counter()
        wrong = []
        tallest = max(render(paper).height for paper, _ in self._told)
        for path in self._simulator.tickets():
            with Image.open(path) as ticket:
                lying[ticket.tobytes()] += 1
                if ticket.height > tallest:
                    wrong.append(f"a paper of {ticket.height} rows")
        pictures = [(paper, is_out, render(paper).tobytes()) for paper, is_out in self._told]
        for picture in {picture for _, _, picture in pictures}:
            ends = [is_out for _, is_out, each in pictures if each == picture]
            paper = next(paper for paper, _, each in pictures if each == picture)
            if not ends.count(True) <= lying[picture] <= 1:
                wrong.append(f"{paper.number} {ends}: {lying[picture]} came out")
        torn = lying.total() - sum(lying[picture] for picture in {picture for _, _, picture in pictures})
        if torn > self.ends["unknown"]:
            wrong.append(f"{torn} torn pieces of {self.ends['unknown']} cut tickets")
        self.ends["torn pieces"] = torn
        return wrong

    def _print(self, paper: TicketPaper) -> bool | None:
        is_out: bool | None
        try:
            self._printer.print_ticket(paper, ref=f"{len(self._told)}")
            is_out = True
        except OutcomeUnknown:
            is_out = None
        except Unavailable:
            is_out = False
        self._told.append((paper, is_out))
        self.ends[{True: "printed", None: "unknown", False: "nothing happened"}[is_out]] += 1
        return is_out


def places_of(whole: int, *, every: int) -> list[int]:
    """Each place of the questions, of a picture's head and of the end; of the dots each ``every``-th."""
    head, tail = range(ASKED_BYTES + HEAD_BYTES + 1), range(whole - LAST_BYTES, whole + 1)
    return sorted({*head, *tail, *range(0, whole, every)})


def tear(folder: Path, places: Iterable[int] | None = None, *, every: int) -> TornTickets:
    """A ticket torn at each place."""
    with closing(TornTickets(folder)) as tickets:
        for place in places or places_of(tickets.conversation_bytes(), every=every):
            tickets.print_torn(place)
        return tickets


def main() -> int:
    parser = argparse.ArgumentParser(description="Tickets cut after every byte.")
    parser.add_argument("--every", type=int, default=997)
    wanted = parser.parse_args()
    with TemporaryDirectory() as folder:
        tickets = tear(Path(folder), every=wanted.every)
        wrong = tickets.differences()
    for each in wrong:
        sys.stdout.write(f"{each}\n")
    sys.stdout.write(f"{dict(tickets.ends)}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
