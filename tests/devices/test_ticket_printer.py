"""Ticket printers: the suite every driver passes, the bytes, and what happens when paper or answers are missing."""

import itertools
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from device_drivers.driver import HealthState, Printed
from device_drivers.errors import NeedsAttention, OutcomeUnknown, Unavailable
from device_drivers.ticket_printer.escpos import (
    EscposSerial,
    EscposTcp,
    EscposTicketPrinter,
    decode_status,
    encode_ticket,
    is_confirmation,
)
from device_drivers.ticket_printer.paper import NUMBER_DOTS_MIN, WIDTH_DOTS, render
from device_drivers.ticket_printer.protocol import LineSize, PaperLine, TicketPaper
from device_drivers.ticket_printer.simulator import TicketPrinterSimulator

PAPER = TicketPaper(
    number="Ґ 123",
    lines=(
        PaperLine(text="Реєстрація місця проживання", size=LineSize.LARGE),
        PaperLine(text="Перед Вами 12 осіб, орієнтовно 10–25 хвилин; їжак, є, № 5, ₴"),
    ),
    qr="https://cnap.example/t/01J9ZK3V8QH5W7",
)


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[TicketPrinterSimulator]:
    simulator = TicketPrinterSimulator(tmp_path / "tickets")
    simulator.start()
    yield simulator
    simulator.close()


def over_tcp(simulator: TicketPrinterSimulator, _: Callable[[str], str]) -> EscposTicketPrinter:
    return EscposTicketPrinter(EscposTcp(address=simulator.address, confirm_seconds=0.4))


def over_serial(simulator: TicketPrinterSimulator, lay: Callable[[str], str]) -> EscposTicketPrinter:
    settings = EscposSerial(port=lay(simulator.address), confirm_seconds=0.6)
    return EscposTicketPrinter(settings)


@pytest.fixture(params=[over_tcp, over_serial])
def printer(request, simulator, serial_line) -> EscposTicketPrinter:
    return request.param(simulator, serial_line)


# The conformance suite


def test_a_ticket_comes_out_once_and_is_confirmed(printer, simulator):
    assert printer.probe().state is HealthState.READY
    assert printer.print_ticket(PAPER, ref="t1") == Printed(ref="t1")
    assert len(simulator.tickets()) == 1


def test_what_comes_out_is_the_picture_dot_for_dot(printer, simulator):
    printer.print_ticket(PAPER, ref="t1")
    with Image.open(simulator.tickets()[0]) as printed:
        assert printed.tobytes() == render(PAPER).tobytes()


@pytest.mark.parametrize(
    ("fault", "reason"), [("paper-out", "paper-out"), ("cover-open", "cover-open"), ("offline", "printer-offline")]
)
def test_without_paper_or_cover_nothing_is_sent(printer, simulator, fault, reason):
    simulator.set_fault(fault)
    assert printer.probe().reasons == (reason,)
    with pytest.raises(NeedsAttention, match=reason):
        printer.print_ticket(PAPER, ref="t1")
    simulator.set_fault(None)
    assert simulator.tickets() == []


def test_a_roll_that_nears_its_end_still_prints_and_says_so(printer, simulator):
    simulator.set_fault("near-end")
    assert printer.probe().reasons == ("paper-near-end",)
    assert printer.print_ticket(PAPER, ref="t1") == Printed(ref="t1")


def test_a_lost_confirmation_is_unknown_though_the_ticket_came_out(printer, simulator):
    simulator.set_fault("lose-confirmation")
    with pytest.raises(OutcomeUnknown) as caught:
        printer.print_ticket(PAPER, ref="t1")
    assert caught.value.ref == "t1"
    assert len(simulator.tickets()) == 1


def test_paper_that_ends_under_a_ticket_gives_one_ticket_after_the_refill(printer, simulator):
    simulator.set_fault("paper-out-at-print")
    with pytest.raises(OutcomeUnknown):
        printer.print_ticket(PAPER, ref="t1")
    with pytest.raises(NeedsAttention, match="paper-out"):
        printer.print_ticket(PAPER, ref="t1")
    simulator.set_fault(None)
    assert len(simulator.tickets()) == 1


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
    assert encode_ticket(picture) == b"\x1b@" + raster + b"\x1bd\x06" + b"\x1dV\x01" + b"\x1dr\x01"


def test_a_long_ticket_goes_in_strips_that_fit_a_small_buffer():
    message = encode_ticket(Image.new("1", (WIDTH_DOTS, 2_000), 1))
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


# An independent peer: emupos, where it is installed (it wants Python 3.13)


@pytest.mark.skipif(
    shutil.which("emupos") is None, reason="emupos is not installed (pip install emupos, Python ≥ 3.13)"
)
def test_an_independent_emulator_prints_and_confirms(tmp_path: Path):
    emulator = subprocess.Popen(["emupos", "run", "--demo"], stdout=subprocess.DEVNULL, cwd=tmp_path)
    printer = EscposTicketPrinter(EscposTcp(address="127.0.0.1:9100", confirm_seconds=2))
    try:
        end = time.monotonic() + 15
        while printer.probe().state is not HealthState.READY and time.monotonic() < end:
            assert emulator.poll() is None
        assert printer.print_ticket(PAPER, ref="t1") == Printed(ref="t1")
        subprocess.run(["emupos", "fault", "set", "front", "paper-out"], check=True, capture_output=True)
        with pytest.raises(NeedsAttention, match="paper-out"):
            printer.print_ticket(PAPER, ref="t2")
    finally:
        emulator.terminate()
        emulator.wait(10)
