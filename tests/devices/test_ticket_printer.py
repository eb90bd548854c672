"""Ticket printers: the suite every driver passes, the bytes, and what happens when paper or answers are missing."""

import io
import itertools
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest
from PIL import Image

from device_drivers.driver import HealthState, Printed
from device_drivers.errors import NeedsAttention, OutcomeUnknown, Unavailable
from device_drivers.ticket_printer.escpos import (
    EscposSerial,
    EscposTcp,
    EscposTicketPrinter,
    decode_status,
    encode_picture,
    encode_ticket,
    is_confirmation,
)
from device_drivers.ticket_printer.letters import CodePage
from device_drivers.ticket_printer.paper import NUMBER_DOTS_MIN, WIDTH_DOTS, render
from device_drivers.ticket_printer.protocol import LineSize, PaperLine, TicketPaper
from device_drivers.ticket_printer.simulator import TicketPrinterSimulator
from tests.devices.independent_printer import PROVEN_PAGE, IndependentPrinter, NotHereError, independent_printer
from tests.devices.meddling import MeddlingLine

PAPER = TicketPaper(
    number="Ґ 123",
    lines=(
        PaperLine(text="Реєстрація місця проживання", size=LineSize.LARGE),
        PaperLine(text="Перед Вами 12 осіб, орієнтовно 10–25 хвилин; їжак, є, № 5, ₴"),
    ),
    qr="https://cnap.example/t/01J9ZK3V8QH5W7",
)
CONFIRM_SECONDS = 0.6
TICKET_BEGINS = b"\x1dv0"


class Peer(Protocol):
    """A printer that the suite can hurt and look at."""

    address: str

    def set_fault(self, fault: str | None, /) -> None: ...

    def tickets(self) -> list[Image.Image]: ...


def ink_of(picture: Image.Image) -> tuple[tuple[int, int], bytes]:
    """The black of a picture and nothing around it: paper is fed before the cut."""
    ink = picture.convert("L").point(lambda level: 255 - level)
    inked = ink.crop(ink.getbbox())
    return inked.size, inked.tobytes()


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[TicketPrinterSimulator]:
    simulator = TicketPrinterSimulator(tmp_path / "tickets")
    simulator.start()
    yield simulator
    simulator.close()


class Simulated:
    """Our simulator behind the questions of the suite."""

    def __init__(self, simulator: TicketPrinterSimulator) -> None:
        self.address = simulator.address
        self.set_fault = simulator.set_fault
        self._simulator = simulator

    def tickets(self) -> list[Image.Image]:
        return [Image.open(io.BytesIO(path.read_bytes())) for path in self._simulator.tickets()]


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndependentPrinter]:
    try:
        with independent_printer(tmp_path_factory.mktemp("emupos")) as printer:
            yield printer
    except NotHereError as why:
        pytest.skip(f"no independent ticket printer: {why}")


@pytest.fixture(params=["simulator", "emupos"])
def peer(request: pytest.FixtureRequest) -> Iterator[Peer]:
    """The printer at the other end: the suite asks both the same."""
    if request.param == "simulator":
        yield Simulated(request.getfixturevalue("simulator"))
        return
    emulator: IndependentPrinter = request.getfixturevalue("emulator")
    emulator.forget()
    yield emulator
    emulator.set_fault(None)


Connect = Callable[[str], EscposTicketPrinter]


@pytest.fixture(params=["tcp", "serial"])
def connect(request: pytest.FixtureRequest, serial_line: Callable[[str], str]) -> Connect:
    """Makes the driver for what listens at an address, over TCP or with a serial cable in front of it."""
    if request.param == "tcp":
        return lambda address: EscposTicketPrinter(EscposTcp(address=address, confirm_seconds=CONFIRM_SECONDS))
    return lambda address: EscposTicketPrinter(EscposSerial(port=serial_line(address), confirm_seconds=CONFIRM_SECONDS))


@pytest.fixture
def printer(peer: Peer, connect: Connect) -> EscposTicketPrinter:
    return connect(peer.address)


@pytest.fixture
def meddle(peer: Peer) -> Iterator[Callable[..., str]]:
    """Puts a meddling line before the printer, which acts when a ticket comes; answers the address to use."""
    lines: list[MeddlingLine] = []

    def lay(do: Callable[[], None], *, loses_answers: bool = False) -> str:
        lines.append(MeddlingLine(peer.address, marker=TICKET_BEGINS, do=do, loses_answers=loses_answers))
        return lines[-1].address

    yield lay
    for line in lines:
        line.close()


# The conformance suite: every driver of the family at every peer


def test_a_ticket_comes_out_once_and_is_confirmed(printer, peer):
    assert printer.probe().state is HealthState.READY
    assert printer.print_ticket(PAPER, ref="t1") == Printed(ref="t1")
    assert len(peer.tickets()) == 1


def test_what_comes_out_is_the_picture_dot_for_dot(printer, peer):
    printer.print_ticket(PAPER, ref="t1")
    assert ink_of(peer.tickets()[0]) == ink_of(render(PAPER))


def test_tickets_one_after_another_come_out_in_their_order(printer, peer):
    papers = [TicketPaper(number=f"А {number:03}") for number in range(3)]
    for paper in papers:
        printer.print_ticket(paper, ref=paper.number)
    assert [ink_of(ticket) for ticket in peer.tickets()] == [ink_of(render(paper)) for paper in papers]


def test_dots_that_spell_a_question_bring_an_answer_that_confirms_nothing_and_doubts_nothing(printer, peer):
    """Printers look for DLE EOT in all that comes, pictures too."""
    paper = TicketPaper(number="1", lines=(PaperLine(text="¹¹¹¹¹¹¹¹¹"),))
    assert re.search(rb"\x10\x04[\x01\x02\x04]", encode_ticket(paper))
    assert printer.print_ticket(paper, ref="t1") == Printed(ref="t1")
    assert printer.print_ticket(PAPER, ref="t2") == Printed(ref="t2")
    assert [ink_of(ticket) for ticket in peer.tickets()] == [ink_of(render(paper)), ink_of(render(PAPER))]


@pytest.mark.parametrize(
    ("fault", "reason"), [("paper-out", "paper-out"), ("cover-open", "cover-open"), ("offline", "printer-offline")]
)
def test_without_paper_or_cover_nothing_is_sent(printer, peer, fault, reason):
    peer.set_fault(fault)
    assert printer.probe().reasons == (reason,)
    with pytest.raises(NeedsAttention, match=reason):
        printer.print_ticket(PAPER, ref="t1")
    peer.set_fault(None)
    assert peer.tickets() == []
    assert printer.print_ticket(PAPER, ref="t2") == Printed(ref="t2")


def test_a_roll_that_nears_its_end_still_prints_and_says_so(printer, peer):
    peer.set_fault("near-end")
    assert printer.probe().reasons == ("paper-near-end",)
    assert printer.print_ticket(PAPER, ref="t1") == Printed(ref="t1")


def test_a_lost_confirmation_is_unknown_though_the_ticket_came_out(peer, connect, meddle):
    printer = connect(meddle(lambda: None, loses_answers=True))
    with pytest.raises(OutcomeUnknown) as caught:
        printer.print_ticket(PAPER, ref="t1")
    assert caught.value.ref == "t1"
    assert len(peer.tickets()) == 1


@pytest.mark.parametrize("fault", ["paper-out", "cover-open"])
def test_what_stops_under_a_ticket_gives_one_ticket_when_it_is_well(peer, connect, meddle, fault):
    printer = connect(meddle(lambda: peer.set_fault(fault)))
    with pytest.raises(OutcomeUnknown):
        printer.print_ticket(PAPER, ref="t1")
    with pytest.raises(NeedsAttention, match=fault):
        printer.print_ticket(PAPER, ref="t1")
    assert peer.tickets() == []
    peer.set_fault(None)
    assert len(peer.tickets()) == 1


def test_a_ticket_is_confirmed_when_the_paper_is_there_again_in_time(peer, meddle):
    refill = threading.Timer(CONFIRM_SECONDS, peer.set_fault, (None,))

    def end_the_roll() -> None:
        peer.set_fault("paper-out")
        refill.start()

    printer = EscposTicketPrinter(EscposTcp(address=meddle(end_the_roll), confirm_seconds=20))
    assert printer.print_ticket(PAPER, ref="t1") == Printed(ref="t1")
    refill.join()
    assert len(peer.tickets()) == 1


def test_a_printer_with_a_serial_port_of_its_own_prints_and_confirms(emulator):
    emulator.forget()
    printer = EscposTicketPrinter(EscposSerial(port=emulator.serial_port, confirm_seconds=10))
    assert printer.probe().state is HealthState.READY
    assert printer.print_ticket(PAPER, ref="t1") == Printed(ref="t1")
    assert [ink_of(ticket) for ticket in emulator.tickets()] == [ink_of(render(PAPER))]


def test_the_simulators_own_faults_are_those_of_the_line(simulator):
    printer = EscposTicketPrinter(EscposTcp(address=simulator.address, confirm_seconds=CONFIRM_SECONDS))
    simulator.set_fault("lose-confirmation")
    with pytest.raises(OutcomeUnknown):
        printer.print_ticket(PAPER, ref="t1")
    simulator.set_fault("paper-out-at-print")
    with pytest.raises(OutcomeUnknown):
        printer.print_ticket(PAPER, ref="t2")
    assert len(simulator.tickets()) == 1
    simulator.set_fault(None)
    assert len(simulator.tickets()) == 2


def test_a_printer_that_loses_its_power_forgets_the_ticket_and_is_offline(simulator):
    printer = EscposTicketPrinter(EscposTcp(address=simulator.address, confirm_seconds=CONFIRM_SECONDS))
    simulator.set_fault("power-cut-at-print")
    with pytest.raises(OutcomeUnknown):
        printer.print_ticket(PAPER, ref="t1")
    assert printer.probe().state is HealthState.OFFLINE
    with pytest.raises(Unavailable):
        printer.print_ticket(PAPER, ref="t1")
    simulator.set_fault(None)
    assert simulator.tickets() == []
    assert printer.print_ticket(PAPER, ref="t2") == Printed(ref="t2")


def test_a_cable_torn_under_a_ticket_is_unknown(simulator, serial_line):
    port = serial_line(simulator.address, tears_at=b"\x1dv0")
    printer = EscposTicketPrinter(EscposSerial(port=port, confirm_seconds=5))
    with pytest.raises(OutcomeUnknown):
        printer.print_ticket(PAPER, ref="t1")
    assert printer.probe().state is HealthState.OFFLINE
    assert simulator.tickets() == []


# Without a printer


def test_a_printer_that_is_not_there_is_offline_and_nothing_happened(simulator):
    address = simulator.address
    simulator.close()
    printer = EscposTicketPrinter(EscposTcp(address=address))
    assert printer.probe().state is HealthState.OFFLINE
    with pytest.raises(Unavailable):
        printer.print_ticket(PAPER, ref="t1")


def test_a_port_that_is_not_there_is_offline():
    printer = EscposTicketPrinter(EscposSerial(port="/dev/serial/by-id/none"))
    assert printer.probe().reasons == ("no-port",)


# The bytes


def test_golden_bytes_of_a_tiny_ticket():
    picture = Image.new("1", (16, 2), 1)
    picture.putpixel((0, 0), 0)
    picture.putpixel((15, 1), 0)
    raster = bytes.fromhex("1d 76 30 00 02 00 02 00  80 00  00 01")
    assert encode_picture(picture) == b"\x1b@" + raster + b"\x1bd\x06" + b"\x1dV\x01" + b"\x1dr\x01"


def test_a_long_ticket_goes_in_strips_that_fit_a_small_buffer():
    message = encode_picture(Image.new("1", (WIDTH_DOTS, 2_000), 1))
    heights = [
        int.from_bytes(message[at + 6 : at + 8], "little")
        for at in range(len(message))
        if message.startswith(b"\x1dv0\x00", at)
    ]
    assert heights == [960, 960, 80]


@pytest.mark.parametrize(
    ("statuses", "reasons"),
    [
        ((0x12, 0x12, 0x12), ()),
        ((0x12, 0x12, 0x1E), ("paper-near-end",)),
        ((0x1A, 0x32, 0x7E), ("paper-out",)),
        ((0x1A, 0x16, 0x12), ("cover-open",)),
        ((0x1A, 0x36, 0x7E), ("paper-out", "cover-open")),
        ((0x1A, 0x52, 0x12), ("printer-error",)),
        ((0x1A, 0x12, 0x12), ("printer-offline",)),
    ],
)
def test_status_bytes_as_printers_give_them(statuses, reasons):
    printer, cause, paper = statuses
    assert decode_status(printer=printer, offline_cause=cause, paper=paper).reasons == reasons


@pytest.mark.parametrize("noise", [0x00, 0xFF, 0x13, 0x92])
def test_noise_is_no_status(noise):
    with pytest.raises(ValueError, match="no status"):
        decode_status(printer=noise, offline_cause=0x12, paper=0x12)


def test_only_an_answer_that_still_sees_paper_confirms():
    assert [byte for byte in range(256) if is_confirmation(byte)] == [
        high + low for high, low in itertools.product((0x00, 0x20, 0x40, 0x60), range(4))
    ]


# Letters instead of pictures, where a test print showed the page


IN_LETTERS = TicketPaper(
    number="Ґ 123",
    lines=(
        PaperLine(text="Реєстрація обʼєктів", size=LineSize.LARGE),
        PaperLine(text="Перед Вами 12 осіб, орієнтовно 10–25 хвилин, а їжак стоїть у черзі № 5"),
    ),
)
PAGE = CodePage(number=PROVEN_PAGE, letters="cp1251")


def test_a_printer_of_a_known_page_gets_letters_and_prints_them_all(emulator):
    emulator.forget()
    settings = EscposTcp(address=emulator.address, confirm_seconds=10, code_page=PAGE)
    assert EscposTicketPrinter(settings).print_ticket(IN_LETTERS, ref="t1") == Printed(ref="t1")
    lines = [line.strip() for line in emulator.texts()[0].splitlines() if line.strip()]
    assert lines == [
        "Ґ 123",
        "Реєстрація об’єктів",
        "Перед Вами 12 осіб, орієнтовно 10–25 хвилин, а",
        "їжак стоїть у черзі № 5",
    ]


@pytest.mark.parametrize(
    ("text", "letters"),
    [("2 ₴", "cp1251"), ("Ірпінь", "cp866"), ("№ 5", "koi8-u"), ("10–25", "cp1125"), ("Реєстрація\x1bp\x00", "cp1251")],
)
def test_a_ticket_with_a_letter_that_the_page_lacks_is_a_picture(text, letters):
    paper = TicketPaper(number="А 1", lines=(PaperLine(text=text),))
    page = CodePage(number=PROVEN_PAGE, letters=letters)
    assert encode_ticket(paper, code_page=page) == encode_ticket(paper) == encode_picture(render(paper))


def test_letters_of_a_copy_say_so_and_the_code_of_a_ticket_stays_a_picture():
    paper = TicketPaper(number="А 1", qr="https://cnap.example/t/1", is_copy=True)
    message = encode_ticket(paper, code_page=PAGE)
    assert "КОПІЯ".encode("cp1251") in message
    assert message.count(TICKET_BEGINS) == 1
    assert len(message) < len(encode_ticket(paper)) / 3


def test_no_printer_has_a_page_of_more_than_one_byte():
    with pytest.raises(ValueError, match="ESC t"):
        CodePage(number=256, letters="cp1251")


# The paper


def test_a_ticket_is_as_wide_as_the_paper_and_its_number_is_large():
    sheet = render(TicketPaper(number="А 001"))
    box = sheet.point(lambda level: 255 - level).getbbox()
    assert sheet.width == WIDTH_DOTS
    assert box is not None
    assert box[3] - box[1] >= NUMBER_DOTS_MIN


def test_a_long_number_stays_on_the_paper():
    sheet = render(TicketPaper(number="Щ 1234567"))
    assert all(sheet.getpixel((x, y)) for x in (0, WIDTH_DOTS - 1) for y in range(sheet.height))


def test_a_copy_looks_unlike_the_first():
    first = render(PAPER)
    copy = render(TicketPaper(number=PAPER.number, lines=PAPER.lines, qr=PAPER.qr, is_copy=True))
    assert copy.height > first.height
