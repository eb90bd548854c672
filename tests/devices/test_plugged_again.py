"""A printer whose cable is pulled under a ticket and plugged in again, known by its id; and where that is said."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from device_drivers.driver import HealthState, Printed
from device_drivers.errors import OutcomeUnknown, Unavailable
from device_drivers.ticket_printer.escpos import EscposSerial, EscposTicketPrinter
from device_drivers.ticket_printer.paper import render
from device_drivers.ticket_printer.protocol import TicketPaper
from device_drivers.ticket_printer.simulator import TicketPrinterSimulator
from tests.support.processes import BIN, wait_until

FIRST = TicketPaper(number="А 001")
COPY = TicketPaper(number="А 001", is_copy=True)


def test_a_serial_printer_unplugged_under_a_ticket_prints_the_copy_once_when_it_is_back(
    tmp_path: Path, serial_line: Callable[..., str]
):
    simulator = TicketPrinterSimulator(tmp_path / "tickets")
    simulator.start()
    link = tmp_path / "usb-printer"
    link.symlink_to(serial_line(simulator.address, tears_at=b"\x1dv0"))
    printer = EscposTicketPrinter(EscposSerial(port=str(link), confirm_seconds=2))
    with pytest.raises(OutcomeUnknown):
        printer.print_ticket(FIRST, ref="t1")
    link.unlink()
    assert printer.probe().state is HealthState.OFFLINE
    with pytest.raises(Unavailable, match="no-port"):
        printer.print_ticket(COPY, ref="t2")

    link.symlink_to(serial_line(simulator.address))
    assert printer.probe().state is HealthState.READY
    assert printer.print_ticket(COPY, ref="t3") == Printed(ref="t3")
    (ticket,) = simulator.tickets()
    with Image.open(ticket) as lying:
        assert lying.tobytes() == render(COPY).tobytes()
    simulator.close()


def test_without_a_journal_of_the_machine_what_is_lost_stands_in_the_log_file(tmp_path: Path):
    """Under systemd standard error is the journal; elsewhere it is whatever file it was given."""
    settings = tmp_path / "devices.toml"
    settings.write_text(
        f'socket = "{tmp_path / "s"}"\n\n[devices.kiosk]\ndriver = "escpos-tcp"\naddress = "127.0.0.1:9"\n'
    )
    command = [str(BIN / "edge-devices"), "run", "--config", str(settings)]
    with (tmp_path / "log").open("wb") as log, subprocess.Popen(command, stderr=log) as process:
        wait_until(lambda: "lost" in (tmp_path / "log").read_text("utf-8"), what="the loss in the log")
        process.terminate()
    told = (tmp_path / "log").read_text("utf-8")
    assert told.count("lost") == 1
    assert "kiosk" in told
