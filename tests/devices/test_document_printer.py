"""Document printers: one suite over the simulator and over a real cupsd with a virtual printer behind it."""

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_drivers.document_printer import ipp
from device_drivers.document_printer.cups_driver import CupsDocumentPrinter, CupsQueue, plain_reasons
from device_drivers.document_printer.protocol import NotPrinted, Queued
from device_drivers.document_printer.simulator import DocumentPrinterSimulator
from device_drivers.driver import HealthState, Printed
from device_drivers.errors import BadCall, OutcomeUnknown, Unavailable
from tests.devices import print_system

pytest.importorskip("cups", reason="pycups is not installed (pip install vikno[edge])")

SETTLE_SECONDS_MAX = 10.0


class SimulatedOffice:
    """The simulator behind the questions of the suite."""

    def __init__(self, folder: Path) -> None:
        self.simulator = DocumentPrinterSimulator(folder)
        self.simulator.start()
        self.queue = CupsQueue(server=self.simulator.address, queue="office", wait_seconds=0.4, answer_seconds=2)

    def take_paper_out(self) -> None:
        self.simulator.set_fault("paper-out")

    def refill(self) -> None:
        self.simulator.set_fault(None)

    def documents(self) -> list[Path]:
        return self.simulator.documents()


class RealOffice:
    """A real print system behind the same questions."""

    def __init__(self, system: print_system.PrintSystem) -> None:
        self.system = system
        self.queue = CupsQueue(server=system.server, queue=print_system.QUEUE, wait_seconds=4)

    def take_paper_out(self) -> None:
        self.system.set_paper(level=0)

    def refill(self) -> None:
        self.system.set_paper(level=250)

    def documents(self) -> list[Path]:
        return self.system.documents()


Office = SimulatedOffice | RealOffice


@pytest.fixture
def simulated(tmp_path: Path) -> Iterator[SimulatedOffice]:
    office = SimulatedOffice(tmp_path / "documents")
    yield office
    office.simulator.close()


@pytest.fixture(params=["simulator", "cupsd"])
def office(request) -> Iterator[Office]:
    if request.param == "simulator":
        yield request.getfixturevalue("simulated")
        return
    if why := print_system.missing():
        pytest.skip(f"no real print system: {why}")
    with print_system.running_print_system() as system:
        yield RealOffice(system)


@pytest.fixture
def real() -> Iterator[RealOffice]:
    if why := print_system.missing():
        pytest.skip(f"no real print system: {why}")
    with print_system.running_print_system() as system:
        yield RealOffice(system)


@pytest.fixture
def driver() -> Iterator[Callable[[CupsQueue], CupsDocumentPrinter]]:
    with contextlib.ExitStack() as stack:

        def make(queue: CupsQueue) -> CupsDocumentPrinter:
            made = CupsDocumentPrinter(queue)
            stack.callback(made.close)
            return made

        yield make


def settled(printer: CupsDocumentPrinter, ref: str) -> Printed | Queued | NotPrinted:
    """What ``ref`` comes to once the printer had the time to print."""
    end = time.monotonic() + SETTLE_SECONDS_MAX
    while isinstance(outcome := printer.inquire(ref=ref), Queued) and time.monotonic() < end:
        continue
    return outcome


# The conformance suite


def test_a_document_is_printed_once_however_often_it_is_asked_for(office, driver, a_pdf):
    printer = driver(office.queue)
    assert printer.probe().state is HealthState.READY
    printer.print_pdf(ref="d1", pdf_path=str(a_pdf), title="Опис пакета документів", copies=2)
    assert settled(printer, "d1") == Printed(ref="d1")
    after_restart = driver(office.queue)
    assert after_restart.print_pdf(ref="d1", pdf_path=str(a_pdf), title="Опис", copies=2) == Printed(ref="d1")
    assert len(office.documents()) == 1
    if shutil.which("pdftotext"):
        text = subprocess.run(["pdftotext", str(office.documents()[0]), "-"], capture_output=True, check=True).stdout
        assert b"Opys paketa" in text


def test_a_job_without_paper_waits_says_why_and_ends_by_itself(office, driver, a_pdf):
    printer = driver(office.queue)
    office.take_paper_out()
    outcome = printer.print_pdf(ref="d1", pdf_path=str(a_pdf), title="Опис", copies=1)
    assert isinstance(outcome, Queued)
    assert outcome.reasons == ("paper-out",)
    assert printer.probe().reasons == ("paper-out",)
    office.refill()
    assert settled(printer, "d1") == Printed(ref="d1")
    assert len(office.documents()) == 1


def test_a_job_nobody_has_heard_of_is_not_printed(office, driver):
    assert driver(office.queue).inquire(ref="never") == NotPrinted(ref="never", reason="not-known")


# Faults of a real print system


def test_what_a_printer_was_doing_when_its_power_was_cut_is_unknown_until_the_queue_is_set_up_anew(real, driver, a_pdf):
    printer = driver(real.queue)
    real.take_paper_out()
    assert isinstance(printer.print_pdf(ref="d1", pdf_path=str(a_pdf), title="Опис", copies=1), Queued)
    real.system.cut_power()
    real.system.start_printer()
    for ref in ("d1", "d2"):
        with pytest.raises(OutcomeUnknown, match="printer-restarted"):
            settled(printer, ref) if ref == "d1" else printer.print_pdf(
                ref=ref, pdf_path=str(a_pdf), title="Опис", copies=1
            )
    assert printer.probe().reasons == ("history-lost",)
    real.system.set_up_anew()
    assert printer.probe().state is HealthState.READY
    printer.print_pdf(ref="d3", pdf_path=str(a_pdf), title="Опис", copies=1)
    assert settled(printer, "d3") == Printed(ref="d3")
    with pytest.raises(OutcomeUnknown, match="printer-restarted"):
        printer.inquire(ref="d1")


def test_a_stopped_queue_is_named_and_prints_once_when_it_goes_on(real, driver, a_pdf):
    printer = driver(CupsQueue(server=real.queue.server, queue=real.queue.queue, wait_seconds=0.5))
    real.system.pause()
    assert printer.probe().reasons == ("queue-stopped",)
    outcome = printer.print_pdf(ref="d1", pdf_path=str(a_pdf), title="Опис", copies=1)
    assert isinstance(outcome, Queued)
    assert outcome.reasons == ("queue-stopped",)
    real.system.resume()
    assert settled(printer, "d1") == Printed(ref="d1")
    assert len(real.documents()) == 1


# Faults that only the simulator can be made to show


def test_completed_without_the_printers_word_is_unknown(simulated, driver, a_pdf):
    simulated.simulator.set_fault("restarted")
    printer = driver(simulated.queue)
    with pytest.raises(OutcomeUnknown, match="printer-restarted"):
        printer.print_pdf(ref="d1", pdf_path=str(a_pdf), title="Опис", copies=1)
    with pytest.raises(OutcomeUnknown):
        printer.inquire(ref="d1")
    assert simulated.documents() == []


def test_an_aborted_job_is_not_printed(simulated, driver, a_pdf):
    simulated.simulator.set_fault("abort")
    outcome = driver(simulated.queue).print_pdf(ref="d1", pdf_path=str(a_pdf), title="Опис", copies=1)
    assert outcome == NotPrinted(ref="d1", reason="aborted")


def test_a_print_system_that_hangs_is_killed_at_the_deadline_and_works_again_after(simulated, driver, a_pdf):
    queue = CupsQueue(server=simulated.queue.server, queue="office", answer_seconds=0.5)
    printer = driver(queue)
    simulated.simulator.set_fault("silent")
    began = time.monotonic()
    with pytest.raises(Unavailable, match="print-system-silent"):
        printer.print_pdf(ref="d1", pdf_path=str(a_pdf), title="Опис", copies=1)
    assert time.monotonic() - began < 3
    simulated.simulator.set_fault(None)
    patient = driver(simulated.queue)
    assert patient.print_pdf(ref="d1", pdf_path=str(a_pdf), title="Опис", copies=1) == Printed(ref="d1")


def test_a_listener_that_is_no_print_system_is_offline(driver):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        server = f"127.0.0.1:{mute.getsockname()[1]}"
        assert driver(CupsQueue(server=server, queue="q", answer_seconds=0.5)).probe().state is HealthState.OFFLINE


def test_without_a_print_system_nothing_happened(driver, a_pdf):
    printer = driver(CupsQueue(server="127.0.0.1:9", queue="q", answer_seconds=2))
    assert printer.probe().reasons == ("no-print-system",)
    with pytest.raises(Unavailable, match="no-print-system"):
        printer.print_pdf(ref="d1", pdf_path=str(a_pdf), title="Опис", copies=1)


@pytest.mark.parametrize(("path", "copies", "title"), [("no-such.pdf", 1, "a"), (__file__, 1, "a"), ("", 0, "a")])
def test_bad_calls_are_told_before_anything_is_sent(driver, path, copies, title):
    with pytest.raises(BadCall):
        driver(CupsQueue(queue="q")).print_pdf(ref="d1", pdf_path=path, title=title, copies=copies)


# The bytes


def test_reasons_of_ipp_become_ours_once_each():
    found = plain_reasons(["media-empty-error", "media-needed-warning", "toner-low-report", "none", "spool-area-full"])
    assert found == ("paper-out", "toner-low", "spool-area-full")


def test_golden_bytes_of_an_ipp_request():
    charset = ipp.Attribute(tag=ipp.CHARSET, name="attributes-charset", values=("utf-8",))
    message = ipp.Message(code=0x000B, request_id=1, groups=((ipp.OPERATION, (charset,)),))
    expected = bytes.fromhex("0200 000b 00000001 01 47 0012") + b"attributes-charset" + b"\x00\x05utf-8" + b"\x03"
    assert ipp.encode(message) == expected


@given(st.text(max_size=40), st.integers(-(2**31), 2**31 - 1), st.booleans(), st.binary(max_size=20))
def test_ipp_comes_back_as_it_went(text, number, flag, document):
    attributes = (
        ipp.Attribute(tag=ipp.NAME, name="job-name", values=(text, "другий")),
        ipp.Attribute(tag=ipp.INTEGER, name="job-id", values=(number,)),
        ipp.Attribute(tag=ipp.BOOLEAN, name="flag", values=(flag,)),
    )
    message = ipp.Message(code=2, request_id=7, groups=((ipp.OPERATION, attributes),))
    assert ipp.decode(ipp.encode(message) + document) == (message, document)


@given(st.binary(max_size=60))
def test_noise_is_no_ipp_or_some_ipp_but_never_a_crash(noise):
    with contextlib.suppress(ValueError):
        ipp.decode(noise)
