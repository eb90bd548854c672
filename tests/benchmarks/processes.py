"""What processes cost, read off the kernel: CPU, memory, and how often they flush the disk."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.measure import cpu_seconds, peak_mebibytes

FLUSH = r"^\d+ +(\d+\.\d+) +(?:fsync|fdatasync)\("


def children(pid: int) -> list[int]:
    """The processes it started and that live."""
    return [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in _words(task / "children")]


def tree_cpu_seconds(pid: int) -> float:
    """CPU of a process and of those it started."""
    return cpu_seconds(pid) + sum(map(cpu_seconds, children(pid)))


def forget_peak(pid: int) -> None:
    """Count the most memory from here on."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def worker_peak_mebibytes(pid: int) -> float:
    """The most memory the largest of its children ever held."""
    return max(map(peak_mebibytes, children(pid)))


class Flushes:
    """What strace saw of each watched process, by its name."""

    def __init__(self, logs: dict[str, Path]) -> None:
        self._logs = logs

    def since(self, moment: float) -> dict[str, int]:
        """How often each flushed a file after ``moment`` of the machine's clock, in seconds."""
        return {
            name: sum(float(at) >= moment for at in re.findall(FLUSH, log.read_text(), re.MULTILINE))
            for name, log in self._logs.items()
        }


@contextmanager
def counted_flushes(folder: Path, **watched: int) -> Iterator[Flushes]:
    """Count ``fsync`` and ``fdatasync`` of processes by strace, which slows them: measure no time meanwhile."""
    logs = {name: folder / f"{name}.strace" for name in watched}
    tracers = [
        subprocess.Popen(
            ["strace", "-f", "-qq", "-ttt", "-e", "trace=fsync,fdatasync", "-o", str(logs[name]), "-p", str(pid)],
            stderr=subprocess.DEVNULL,
        )
        for name, pid in watched.items()
    ]
    try:
        yield Flushes(logs)
    finally:
        for tracer in tracers:
            tracer.terminate()
            tracer.wait()


def _words(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except FileNotFoundError:
        return []
