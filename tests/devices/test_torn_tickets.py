"""Tickets whose line, or whose process, dies at places all along the conversation, within the picture too."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from device_drivers.client import DevicesClient
from device_drivers.driver import Printed
from device_drivers.errors import OutcomeUnknown
from device_drivers.ticket_printer.escpos import encode_ticket
from device_drivers.ticket_printer.paper import render
from device_drivers.ticket_printer.protocol import TicketPaper
from device_drivers.ticket_printer.simulator import TicketPrinterSimulator
from tests.devices.torn_tickets import tear
from tests.processes.cutting_line import CuttingLine
from tests.processes.paying import Drivers
from tests.support.processes import wait_until

FIRST, COPY, THIRD = TicketPaper(number="А 001"), TicketPaper(number="А 001", is_copy=True), TicketPaper(number="Б 002")
ASKED_BYTES = 12  # three questions of three bytes, and their answers
HEARD_BYTES = 12  # whether it waits for a command: eleven bytes, and the answer
FEED_CUT_AND_ASK = 9


class KilledUnderATicket:
    """Drivers that are processes of their own, a printer, and a line between them that can fall silent."""

    def __init__(self, folder: Path) -> None:
        self.printer = TicketPrinterSimulator(folder / "tickets")
        self.printer.start()
        self.line = CuttingLine(self.printer.address)
        address = f'address = "{self.line.address}"\nconfirm_seconds = 10.0'
        self.drivers = Drivers(folder, table=f'[devices.kiosk]\ndriver = "escpos-tcp"\n{address}\n')
        self.client = DevicesClient(folder / "devices.sock")

    def close(self) -> None:
        self.drivers.stop()
        self.line.close()
        self.printer.close()

    def start(self) -> None:
        self.drivers.start()
        asyncio.run(self.client.call("kiosk", "probe"))  # behind the first look, whose bytes are not a ticket's

    def print(self, paper: TicketPaper, *, ref: str, after_unknown: str | None = None) -> int:
        """See a ticket confirmed; how many bytes that took."""
        before = self.line.carried_bytes
        printing = self.client.call("kiosk", "print_ticket", paper=paper, ref=ref, after_unknown=after_unknown)
        assert asyncio.run(printing) == Printed(ref=ref)
        return self.line.carried_bytes - before

    def kill_before_the_cut(self, paper: TicketPaper, *, ref: str) -> None:
        """Let all of its picture pass, and the process die before the first byte of what follows it."""

        async def story() -> None:
            place = ASKED_BYTES + HEARD_BYTES + len(encode_ticket(paper)) - FEED_CUT_AND_ASK
            aim = self.line.carried_bytes + place
            self.line.deaden_after(place)
            printing = asyncio.create_task(self.client.call("kiosk", "print_ticket", paper=paper, ref=ref))

            def has_come() -> bool:
                return self.line.carried_bytes == aim and self.printer.facts()["buffered_bytes"] == 0

            await asyncio.to_thread(wait_until, has_come, what="the whole picture")
            await asyncio.to_thread(self.drivers.kill)
            with pytest.raises(OutcomeUnknown, match="devices-lost"):
                await printing

        asyncio.run(story())
        self.line.mend()

    def papers(self) -> list[tuple[tuple[int, int], bytes]]:
        papers = []
        for path in self.printer.tickets():
            with Image.open(path) as paper:
                papers.append((paper.size, paper.tobytes()))
        return papers


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[KilledUnderATicket]:
    with closing(KilledUnderATicket(tmp_path)) as kiosk:
        yield kiosk


def as_paper(paper: TicketPaper) -> tuple[tuple[int, int], bytes]:
    picture = render(paper)
    return picture.size, picture.tobytes()


@pytest.mark.processes
def test_a_ticket_whose_process_was_killed_before_the_cut_has_none_hanging_on_it(kiosk: KilledUnderATicket) -> None:
    kiosk.start()
    kiosk.kill_before_the_cut(FIRST, ref="one")
    kiosk.start()
    kiosk.print(COPY, ref="two", after_unknown="one")
    kiosk.print(THIRD, ref="three")
    assert kiosk.papers() == [as_paper(FIRST), as_paper(COPY), as_paper(THIRD)]


@pytest.mark.processes
def test_a_start_after_which_nothing_is_in_doubt_costs_no_paper(kiosk: KilledUnderATicket) -> None:
    kiosk.start()
    whole = ASKED_BYTES + len(encode_ticket(FIRST)) + 1
    assert kiosk.print(FIRST, ref="one") == whole + HEARD_BYTES, "asked whether it listens, nothing fed or cut"
    assert kiosk.print(THIRD, ref="two", after_unknown="one") == ASKED_BYTES + len(encode_ticket(THIRD)) + 1, (
        "who saw the first come out knows better"
    )


def test_wherever_the_line_dies_no_ticket_comes_twice_or_hangs_on_another(tmp_path: Path):
    tickets = tear(tmp_path, every=4_001)  # python -m tests.devices.torn_tickets takes more
    assert tickets.differences() == []
    assert tickets.ends["nothing happened"] > 10, "some were cut before the ticket left"
    assert tickets.ends["unknown"] > 10, "some after"
    assert tickets.ends["torn pieces"] > 3, "and some within the picture"
