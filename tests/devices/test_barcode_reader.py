"""Codes read from paper: what a serial line does to them, and a reader that comes and goes."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from device_drivers.barcode_reader.lines import LINE_BYTES_MAX, CodeLines
from device_drivers.barcode_reader.protocol import CodeRead, NothingRead
from device_drivers.barcode_reader.serial_reader import SerialBarcodeReader, SerialReader
from device_drivers.barcode_reader.simulator import BarcodeReaderSimulator
from device_drivers.driver import HealthState
from device_drivers.errors import BadCall, Unavailable
from device_drivers.families import BARCODE_READER
from device_drivers.worker import MISSES_MAX, Worker
from tests.devices.waiting import wait_for

CASE = "SHV-2026-0001234-7"
TICKET = "https://shv.example/tickets/xYz123"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[BarcodeReaderSimulator]:
    paper = BarcodeReaderSimulator(tmp_path / "by-id" / "usb-reader")
    yield paper
    paper.close()


@pytest.fixture
def reader(paper: BarcodeReaderSimulator) -> Iterator[SerialBarcodeReader]:
    reader = SerialBarcodeReader(SerialReader(port=paper.address))
    assert reader.probe().state is HealthState.READY
    yield reader
    reader.close()


def read(reader: SerialBarcodeReader) -> str | None:
    found = reader.next_code(wait_seconds=5)
    return found.code if isinstance(found, CodeRead) else None


def nothing_more(reader: SerialBarcodeReader) -> bool:
    return isinstance(reader.next_code(wait_seconds=0.2), NothingRead)


@pytest.mark.parametrize("fault", [None, "stutters", "noisy"])
def test_every_code_is_answered_once_and_in_order(paper, reader, fault):
    paper.set_fault(fault)
    paper.scan(CASE)
    paper.scan(TICKET)
    assert [read(reader), read(reader)] == [CASE, TICKET]
    assert nothing_more(reader)


def test_an_unplugged_reader_is_told_and_found_again_under_its_name(paper, reader):
    paper.set_fault("unplugged")
    with pytest.raises(Unavailable, match="no-port"):
        reader.next_code(wait_seconds=5)
    assert reader.probe().reasons == ("no-port",)
    paper.set_fault(None)
    assert wait_for(lambda: reader.probe().state is HealthState.READY)
    paper.scan(CASE)
    assert read(reader) == CASE


def test_half_a_code_before_the_cable_was_pulled_is_no_code(paper, reader):
    paper.send(CASE[:9].encode())
    assert nothing_more(reader)
    paper.set_fault("unplugged")
    assert wait_for(lambda: reader.probe().state is HealthState.OFFLINE)
    paper.set_fault(None)
    assert wait_for(lambda: reader.probe().state is HealthState.READY)
    paper.scan(CASE)
    assert read(reader) == CASE


def test_two_drivers_never_share_a_port(paper, reader):
    second = SerialBarcodeReader(SerialReader(port=str(Path(paper.address).resolve())))
    assert second.probe().reasons == ("port-busy",)
    reader.close()
    assert wait_for(lambda: second.probe().state is HealthState.READY)
    second.close()


def test_a_wait_without_end_is_refused(reader):
    with pytest.raises(BadCall):
        reader.next_code(wait_seconds=3_600)


def test_a_reader_lost_and_back_is_said_once_each(paper):
    """The worker looks as often as it likes; the journal has two lines."""

    async def story() -> None:
        worker = Worker(
            "desk-5-reader",
            driver=SerialBarcodeReader(SerialReader(port=paper.address)),
            family=BARCODE_READER,
            now=lambda: NOW,
        )
        assert (await worker.look()).state is HealthState.READY
        paper.set_fault("unplugged")
        for _ in range(MISSES_MAX + 3):
            await worker.look()
        assert worker.health.state is HealthState.OFFLINE
        paper.set_fault(None)
        while (await worker.look()).state is not HealthState.READY:
            pass
        await worker.look()
        await worker.close()

    with capture_logs() as lines:
        asyncio.run(asyncio.wait_for(story(), 30))
    assert [line["event"] for line in lines if line["event"] in {"lost", "back"}] == ["lost", "back"]


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
@given(codes=st.lists(st.text("AZ09-/:.Д", min_size=1, max_size=30), max_size=4, unique=True), data=st.data())
def test_lines_are_the_same_however_they_are_cut_and_ended(end, codes, data):
    line = b"".join(code.encode() + end for code in codes)
    lines, found, place = CodeLines(), [], 0
    while place < len(line):
        size = data.draw(st.integers(1, len(line) - place))
        found += lines.feed(line[place : place + size], at=0.1)
        place += size
    assert found == codes


@given(st.binary(max_size=200))
def test_noise_never_raises_and_what_is_read_is_text(noise):
    assert all(code.isprintable() and code for code in CodeLines().feed(noise, at=0.1))


def test_a_pause_ends_what_was_begun():
    lines = CodeLines()
    assert lines.feed(b"SHV-20", at=1.0) == []
    assert lines.feed(b"A1\r", at=2.0) == ["A1"]


def test_the_same_code_again_counts_after_a_moment():
    lines = CodeLines()
    assert [lines.feed(b"A1\r", at=at) for at in (1.0, 1.4, 2.0, 4.0)] == [["A1"], [], [], ["A1"]]


def test_a_line_without_end_is_dropped_to_its_end_and_no_further():
    lines = CodeLines()
    assert lines.feed(b"x" * (LINE_BYTES_MAX + 1), at=1.0) == []
    assert lines.feed(b"tail\rA1\r", at=1.1) == ["A1"]


def test_frames_that_a_reader_puts_around_a_code_are_no_part_of_it():
    assert CodeLines().feed(b"\x02A1\x03\r\n", at=1.0) == ["A1"]
