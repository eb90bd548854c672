"""The preloaded library of `disk.c`: built when a test needs it, armed from inside, its record read back."""

import atexit
import ctypes
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import msgspec

SOURCE = Path(__file__).with_name("disk.c")


class Act(msgspec.Struct, frozen=True):
    """One act of a process: W write, T truncate (``offset`` is the size), S sync, U unlink, R rename, A told."""

    kind: str
    name: str
    other: str
    offset: int
    data: bytes


def preloading() -> dict[str, str]:
    """What lets the dynamic loader of any Linux (ld.so(8)) put the library before the system's own calls."""
    return {"LD_PRELOAD": str(library())}


@cache
def library() -> Path:
    """The shared object, compiled once per process (gcc: .ci/system-packages) into a folder that goes with it."""
    folder = mkdtemp(prefix="vikno-disk-")
    atexit.register(rmtree, folder, ignore_errors=True)
    built = Path(folder) / "disk.so"
    flags = ["-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    subprocess.run(["gcc", *flags, "-o", str(built), str(SOURCE), "-ldl", "-lpthread"], check=True)
    return built


def arm(folder: Path, *, journal: Path | None = None, fault: str = "", first: int = 0, count: int = 0) -> None:
    """Watch the files right in ``folder``, in a process that has the library preloaded."""
    preloaded = ctypes.CDLL(None)
    number = ctypes.c_long
    preloaded.disk_arm(
        str(folder.resolve()).encode(),
        str(journal or "").encode(),
        fault.encode(),
        number(first),
        number(count),
    )


def environment_of(folder: Path, *, fault: str, first: int) -> dict[str, str]:
    """What to start a process with, for its ``first`` act in ``folder`` to meet ``fault``; its children are spared."""
    return {
        **preloading(),
        "DISK_FOLDER": str(folder.resolve()),
        "DISK_FAULT": fault,
        "DISK_FIRST": str(first),
    }


def acts() -> int:
    """How often the watched files were acted on since ``arm``."""
    return int(ctypes.CDLL(None).disk_acts())


def faults() -> int:
    """How many of these acts were answered with an error."""
    return int(ctypes.CDLL(None).disk_faults())


def read_record(journal: Path) -> Iterator[Act]:
    """What the process did, in order."""
    with journal.open("rb") as record:
        while head := record.readline():
            kind, name, other, offset, count = head.decode().split()
            size = int(count)
            yield Act(kind, name, other, int(offset), record.read(size))
