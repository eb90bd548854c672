"""From the start of a process until it says it is ready."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.benchmarks.measure import Figures, cpu_seconds, peak_mebibytes, timed
from tests.support.processes import BIN, Hub, Served, free_port, run

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

STARTS = 3


def starts(served: Served) -> tuple[list[float], list[float], float]:
    """Seconds to ready by the clock and of CPU, and the peak memory of a process that has only started."""
    seconds, cpu = [], []
    for _ in range(STARTS):
        seconds.append(timed(served.start))
        cpu.append(cpu_seconds(served.pid))
        peak = peak_mebibytes(served.pid)
        served.stop()
    return seconds, cpu, peak


def a_node(folder: Path) -> Served:
    port = free_port()
    run("edge-node", "init", "--folder", str(folder / "SHV"), "--office", "SHV", "--port", str(port))
    return Served([str(BIN / "edge-node"), "run", "--folder", str(folder / "SHV")], port=port, log=folder / "SHV.log")


def a_bare_app(folder: Path) -> Served:
    port = free_port()
    arguments = [sys.executable, "-m", "tests.benchmarks.bare", str(port), str(folder)]
    return Served(arguments, port=port, log=folder / "bare.log")


@pytest.mark.parametrize(("name", "make"), [("edge-node", a_node), ("central-hub", Hub)])
def test_cold_start(name: str, make: Callable[[Path], Served], tmp_path: Path, figures: Figures) -> None:
    seconds, cpu, peak = starts(make(tmp_path))
    bare_seconds, bare_cpu, bare_peak = starts(a_bare_app(tmp_path))
    figures.note(f"start of {name} until ready (floor: bare litestar)", seconds, "s", floors=bare_seconds)
    figures.note(f"  CPU of {name} until ready", cpu, "s", floors=bare_cpu)
    figures.note(f"  peak memory of {name} that has only started", [peak], "MiB", floors=[bare_peak])
