"""Scanners: one suite over the simulator, over SANE's own test backend, and over that behind a network scanner."""

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from device_drivers.driver import HealthState
from device_drivers.errors import BadCall, NeedsAttention, Unavailable
from device_drivers.scanner.protocol import Pages
from device_drivers.scanner.sane import SaneScanner, Scanimage
from device_drivers.scanner.simulator import ScannerSimulator
from tests.devices import network_scanner
from tests.devices.network_scanner import NetworkScanner
from tests.devices.waiting import wait_for

SIMULATOR_COMMAND = (sys.executable, "-m", "device_drivers.scanner.simulator")


@pytest.fixture
def simulator(tmp_path: Path) -> ScannerSimulator:
    return ScannerSimulator(tmp_path / "feeder", pages=2)


def simulated(simulator: ScannerSimulator, *, silence_seconds: float = 20) -> SaneScanner:
    settings = Scanimage(device=simulator.address, command=SIMULATOR_COMMAND, silence_seconds=silence_seconds)
    return SaneScanner(settings)


def sane_test_backend(folder: Path, *options: str) -> SaneScanner:
    """SANE's ``test`` backend: ten pages in the feeder, faults as options."""
    if why := network_scanner.missing("scanimage"):
        pytest.skip(why)
    return SaneScanner(
        Scanimage(device="test:0", options=options, sane_config_folder=network_scanner.only_test_backend(folder))
    )


@pytest.fixture
def on_network(tmp_path: Path) -> Iterator[NetworkScanner]:
    if why := network_scanner.missing("scanimage", "saned"):
        pytest.skip(why)
    peer = NetworkScanner(tmp_path / "network")
    peer.start()
    yield peer
    peer.kill()


@pytest.fixture(params=["simulator", "sane", "saned"])
def scanner(request, tmp_path) -> Iterator[SaneScanner]:
    if request.param == "simulator":
        yield simulated(request.getfixturevalue("simulator"))
    elif request.param == "saned":
        yield request.getfixturevalue("on_network").driver()
    else:
        yield sane_test_backend(tmp_path / "sane.d")


def scan(scanner: SaneScanner, folder: Path) -> Pages:
    return scanner.scan(ref="s1", folder=str(folder), resolution_dpi=75)


def names(pages: Pages) -> list[str]:
    return [Path(file).name for file in pages.files]


# The conformance suite


def test_a_stack_becomes_whole_pages_in_order(scanner, tmp_path):
    assert scanner.probe().state is HealthState.READY
    pages = scan(scanner, tmp_path / "case")
    assert pages.stopped_by is None
    assert names(pages) == [f"page-{number:03d}.png" for number in range(1, len(pages.files) + 1)]
    for file in pages.files:
        with Image.open(file) as page:
            page.load()
    assert sorted(path.name for path in (tmp_path / "case").iterdir()) == names(pages)


def test_a_second_stack_into_the_same_folder_goes_on_counting(scanner, tmp_path):
    first = scan(scanner, tmp_path / "case")
    second = scan(scanner, tmp_path / "case")
    assert names(second)[0] == f"page-{len(first.files) + 1:03d}.png"
    assert len(list((tmp_path / "case").iterdir())) == len(first.files) + len(second.files)


def test_an_unknown_resolution_is_a_bad_call(scanner, tmp_path):
    with pytest.raises(BadCall, match="dpi"):
        scanner.scan(ref="s1", folder=str(tmp_path / "case"), resolution_dpi=77)


# Faults


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("SANE_STATUS_JAMMED", "jammed"),
        ("SANE_STATUS_COVER_OPEN", "cover-open"),
        ("SANE_STATUS_NO_DOCS", "no-paper"),
        ("SANE_STATUS_IO_ERROR", "input-output"),
    ],
)
def test_faults_of_sane_get_their_names(tmp_path, status, reason):
    scanner = sane_test_backend(tmp_path / "sane.d", "--read-return-value", status)
    with pytest.raises(NeedsAttention, match=reason):
        scan(scanner, tmp_path / "case")


def test_a_network_scanner_that_dies_in_a_page_leaves_the_whole_ones_and_the_rest_follows(on_network, tmp_path):
    case = tmp_path / "case"
    slow = ("-x", "200", "-y", "200", "--test-picture", "Color pattern", "--read-delay=yes")
    scanner = on_network.driver(*slow, "--read-delay-duration=50000", silence_seconds=4)
    with ThreadPoolExecutor(1) as beside:
        running = beside.submit(scan, scanner, case)
        wait_for(lambda: any(case.glob(".scanning-*/2.png*")))
        on_network.kill()
        first = running.result()
    assert first.stopped_by in {"broken-off", "silent"}
    assert 1 <= len(first.files) < 10
    assert sorted(path.name for path in case.iterdir()) == names(first)
    on_network.start()
    rest = scan(on_network.driver(), case)
    assert (names(rest)[0], rest.stopped_by) == (f"page-{len(first.files) + 1:03d}.png", None)
    for file in (*first.files, *rest.files):
        with Image.open(file) as page:
            page.load()


def test_a_network_scanner_that_is_switched_off_is_offline(on_network, tmp_path):
    on_network.kill()
    scanner = on_network.driver()
    assert scanner.probe().state is HealthState.OFFLINE
    with pytest.raises(Unavailable, match="no-scanner"):
        scan(scanner, tmp_path / "case")


def test_a_scan_that_ends_well_without_saying_how_many_pages_it_was_is_broken_off(simulator, tmp_path):
    simulator.set_fault("cut")
    pages = scan(simulated(simulator), tmp_path / "case")
    assert (names(pages), pages.stopped_by) == (["page-001.png"], "broken-off")


@pytest.mark.parametrize(("fault", "reason"), [("empty", "no-paper"), ("cover-open", "cover-open")])
def test_without_paper_or_cover_a_person_is_needed(simulator, tmp_path, fault, reason):
    simulator.set_fault(fault)
    with pytest.raises(NeedsAttention, match=reason):
        scan(simulated(simulator), tmp_path / "case")


def test_a_busy_scanner_is_unavailable(simulator, tmp_path):
    simulator.set_fault("busy")
    with pytest.raises(Unavailable, match="busy"):
        scan(simulated(simulator), tmp_path / "case")


def test_a_jam_keeps_the_pages_before_it_and_the_rest_follows(simulator, tmp_path):
    simulator.set_fault("jammed")
    first = scan(simulated(simulator), tmp_path / "case")
    assert (names(first), first.stopped_by) == (["page-001.png"], "jammed")
    simulator.set_fault(None)
    assert names(scan(simulated(simulator), tmp_path / "case")) == ["page-002.png", "page-003.png"]


def test_a_hung_scanner_is_killed_and_its_half_page_thrown_away(simulator, tmp_path):
    simulator.set_fault("hung")
    began = time.monotonic()
    pages = scan(simulated(simulator, silence_seconds=3), tmp_path / "case")
    assert (names(pages), pages.stopped_by) == (["page-001.png"], "silent")
    assert time.monotonic() - began < 15
    assert [path.name for path in (tmp_path / "case").iterdir()] == ["page-001.png"]


def test_a_scanner_that_is_not_there_is_offline(tmp_path):
    scanner = SaneScanner(Scanimage(device="nothing:0", command=("no-such-program",)))
    assert scanner.probe().reasons == ("scanimage-missing",)
    with pytest.raises(Unavailable, match="scanimage-missing"):
        scan(scanner, tmp_path / "case")


def test_a_device_sane_does_not_know_is_offline(tmp_path):
    scanner = sane_test_backend(tmp_path / "sane.d")
    absent = SaneScanner(Scanimage(device="test:9", sane_config_folder=str(tmp_path / "sane.d")))
    assert scanner.probe().state is HealthState.READY
    assert absent.probe().state is HealthState.OFFLINE
    with pytest.raises(Unavailable, match="no-scanner"):
        scan(absent, tmp_path / "case")
