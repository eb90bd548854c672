"""Scanners: one suite over the simulator and over SANE's own test backend."""

import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from device_drivers.driver import HealthState
from device_drivers.errors import BadCall, NeedsAttention, Unavailable
from device_drivers.scanner.protocol import Pages
from device_drivers.scanner.sane import SaneScanner, Scanimage
from device_drivers.scanner.simulator import ScannerSimulator

SIMULATOR_COMMAND = (sys.executable, "-m", "device_drivers.scanner.simulator")


@pytest.fixture
def simulator(tmp_path: Path) -> ScannerSimulator:
    return ScannerSimulator(tmp_path / "feeder", pages=2)


def simulated(simulator: ScannerSimulator, *, silence_seconds: float = 20) -> SaneScanner:
    settings = Scanimage(device=simulator.address, command=SIMULATOR_COMMAND, silence_seconds=silence_seconds)
    return SaneScanner(settings)


def sane_test_backend(folder: Path, *options: str) -> SaneScanner:
    """SANE's ``test`` backend: ten pages in the feeder, faults as options."""
    if shutil.which("scanimage") is None or not Path("/etc/sane.d/test.conf").exists():
        pytest.skip("no SANE test backend: apt-get install sane-utils libsane1")
    folder.mkdir()
    (folder / "dll.conf").write_text("test\n")
    shutil.copy("/etc/sane.d/test.conf", folder)
    return SaneScanner(Scanimage(device="test:0", options=options, sane_config_folder=str(folder)))


@pytest.fixture(params=["simulator", "sane"])
def scanner(request, tmp_path) -> Iterator[SaneScanner]:
    if request.param == "simulator":
        yield simulated(request.getfixturevalue("simulator"))
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
