"""``python -m tests.soak [kills blobs …]``: exit status 1 if any part lost, doubled or broke anything.

Each part prints its own figures as its last line; at the end stand all of them.
"""

import subprocess
import sys
import time
from collections.abc import Iterator

PARTS = {
    "seeds": ("tests.simulation", "--seeds", "1-5000", "--jobs", "2"),
    "databases": ("pytest", "-n", "2", "--dist", "loadfile", "tests/integration/hub", "--every-database"),
    "office-states": ("tests.storage_faults.explorer", "--house", "office"),
    "hub-states": ("tests.storage_faults.explorer", "--house", "hub"),
    "office-faults": ("tests.storage_faults.hurting", "--house", "office", "--points", "2000"),
    "hub-faults": ("tests.storage_faults.hurting", "--house", "hub", "--points", "2000"),
    "fuzz": ("tests.fuzz", "--count", "100000"),
    "kills": ("tests.processes.killing", "--kills", "1000"),
    "hall": ("tests.processes.calling", "--kills", "200"),
    "turns": ("tests.property.queue.days", "--days", "10000"),
    "real-days": ("tests.real_days",),
    "voice": ("tests.devices.hearing", "--calls", "30", "--seconds", "10"),
    "payments-byte-by-byte": ("tests.devices.cutting",),
    "tickets-byte-by-byte": ("tests.devices.torn_tickets", "--every", "97"),
    "payments": ("tests.processes.paying", "--charges", "1000"),
    "tickets": ("tests.processes.printing", "--tickets", "500"),
    "blobs": ("tests.processes.tearing", "--tears", "200"),
}


def run(part: str) -> tuple[int, str]:
    """Run a part, showing what it says; its exit status and last line."""
    began = time.monotonic()
    command = [sys.executable, "-m", *PARTS[part]]
    last = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in _lines(process):
            last = line
    return process.returncode, f"{last} minutes={(time.monotonic() - began) / 60:.1f}"


def _lines(process: "subprocess.Popen[str]") -> Iterator[str]:
    assert process.stdout is not None
    for line in process.stdout:
        sys.stdout.write(line)
        sys.stdout.flush()
        if line.strip():
            yield line.strip()


def main() -> int:
    chosen = sys.argv[1:] or list(PARTS)
    unknown = set(chosen) - PARTS.keys()
    if unknown:
        sys.stderr.write(f"no such part: {sorted(unknown)}; there are {list(PARTS)}\n")
        return 2
    ended = {part: run(part) for part in chosen}
    for part, (status, figures) in ended.items():
        sys.stdout.write(f"{part}: {'held' if status == 0 else 'BROKEN'}: {figures}\n")
    return 1 if any(status for status, _ in ended.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
