"""From a ticket asked for to the printer's word that it is out: by hand, through the driver, through the whole office.

The floor is the same bytes said by hand, the picture of the ticket made before; the printer is the simulator, which
prints at once: what a real one takes (a second or so) comes on top of each figure alike.
"""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import perf_counter

import pytest

from device_drivers.driver import Printed
from device_drivers.ticket_printer.escpos import (
    ASK_OFFLINE_CAUSE,
    ASK_PAPER,
    ASK_PRINTER,
    EscposTcp,
    EscposTicketPrinter,
    encode_ticket,
)
from device_drivers.ticket_printer.protocol import LineSize, PaperLine, TicketPaper
from device_drivers.ticket_printer.simulator import TicketPrinterSimulator
from edge_node.kiosk import commands as kiosk
from edge_node.kiosk.model import PaperWords
from edge_node.printing.listeners.composing import PaperMaker
from edge_node.printing.listeners.pdf import PdfSetter
from edge_node.printing.listeners.rendering import PaperRenderer
from edge_node.printing.listeners.runner import PrintRunner
from edge_node.printing.model import PrintJobEnded, PrintState
from edge_node.queue.model import Wish
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.ids import OfficeId
from sync.vocabulary.ticket import Purpose
from sync.web.i18n import Texts
from tests.benchmarks.ways import Ways, note_ways
from tests.support.case_office import device_room
from tests.support.hall import Hall

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

TICKETS = 40
EDGE_NODE = Path(__file__).parents[2] / "edge_node"
PAPER = TicketPaper(
    number="П042",
    lines=(
        PaperLine(text="Паспортні послуги", size=LineSize.LARGE),
        PaperLine(text="Подати заяву"),
        PaperLine(text="Перед Вами 12 осіб", size=LineSize.LARGE),
        PaperLine(text="Очікування близько 10–25 хв"),
    ),
    qr="http://127.0.0.1/tickets/01J9ZK3V8QH5W7",
)
WISH = Wish(sphere=Sphere.PASSPORTS, purpose=Purpose.FILE)
WORDS = PaperWords(sphere="Паспортні послуги", purpose="Подати заяву", site="http://127.0.0.1")


@contextmanager
def a_printer(folder: Path) -> Iterator[TicketPrinterSimulator]:
    simulator = TicketPrinterSimulator(folder)
    simulator.start()
    yield simulator
    simulator.close()


def printed_by_hand(address: str) -> list[float]:
    host, _, port = address.rpartition(":")
    message, seconds = encode_ticket(PAPER), []
    for _ in range(TICKETS):
        begun = perf_counter()
        with socket.create_connection((host, int(port))) as line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for said in (ASK_PRINTER, ASK_OFFLINE_CAUSE, ASK_PAPER, message):
                line.sendall(said)
                assert line.recv(16)
        seconds.append(perf_counter() - begun)
    return seconds


def printed_by_driver(address: str) -> list[float]:
    printer, seconds = EscposTicketPrinter(EscposTcp(address=address)), []
    for number in range(TICKETS):
        begun = perf_counter()
        assert printer.print_ticket(PAPER, ref=f"t{number}") == Printed(ref=f"t{number}")
        seconds.append(perf_counter() - begun)
    return seconds


async def printed_by_office(folder: Path) -> list[float]:
    """A ticket taken, journaled, sent and confirmed, and the journal told: until the kiosk's page may say so."""
    hall, seconds = Hall(folder), []
    hall.set_up(tuple(Sphere))
    papers = PaperMaker(
        hall.store,
        office_id=OfficeId("SHV"),
        renderer=PaperRenderer(Texts.load([EDGE_NODE])),
        setter=PdfSetter(folder / "papers"),
    )
    ended: asyncio.Queue[PrintJobEnded] = asyncio.Queue()
    hall.store.bind_loop(asyncio.get_running_loop())
    hall.store.subscribe(PrintJobEnded, ended.put_nowait)
    async with device_room(folder / "devices", "ticket-printer") as room:
        runner = PrintRunner(hall.store, devices=room.client, clock=hall.clock, papers=papers)
        running = asyncio.create_task(runner.run())
        for _ in range(TICKETS):
            begun = perf_counter()
            take = partial(kiosk.take_ticket, wish=WISH, words=WORDS, token=hall.ids.new(), ids=hall.ids)
            await hall.store.run(partial(take, now=hall.clock.now()))
            assert (await ended.get()).state is PrintState.PRINTED
            seconds.append(perf_counter() - begun)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    await papers.close()
    hall.close()
    return seconds


def test_what_a_ticket_costs_beside_the_printer(tmp_path: Path) -> None:
    note_ways(
        tmp_path,
        Ways(device=a_printer, by_hand=printed_by_hand, by_driver=printed_by_driver, by_office=printed_by_office),
        driver="ticket through the driver",
        office="ticket taken until confirmed, through process and journal",
    )
