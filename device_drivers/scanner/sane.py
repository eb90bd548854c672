"""Scanners of SANE, through ``scanimage`` in a process group that can be killed: a hung backend hangs only itself.

A page counts when its picture was decoded whole: an interrupted scan leaves files whose header promises more. A stack
counts as read to its end when scanimage itself says so: with the line to a network scanner broken in
the middle it dies of SIGPIPE with exit code 0 (sane-utils 1.2).
"""

import contextlib
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec
from PIL import Image, ImageFile

from device_drivers.driver import READY, Condition, degraded, offline
from device_drivers.errors import BadCall, NeedsAttention, Unavailable
from device_drivers.scanner.protocol import RESOLUTIONS_DPI, Pages

PAGES_MAX = 500  # the thickest case file; a feeder that never ends is a fault
POLL_SECONDS = 0.1
PROBE_SECONDS_MAX = 15.0
PAGE_NAME = re.compile(r"page-(\d{3})\.png")
COUNT_SAID = re.compile(rb"Batch terminated, (\d+) pages? scanned")
FEEDER_EMPTY = b"out of documents"  # sane_strstatus(SANE_STATUS_NO_DOCS); after a page or none, exit code 0
STDERR_BYTES_MAX = 65_536
# Exit codes of scanimage are SANE_Status values; 7 is the regular end of a stack.
BUSY, NO_PAPER, INVALID = 3, 7, 4
REASONS = {2: "cancelled", 6: "jammed", 8: "cover-open", 9: "input-output", 10: "no-memory", 11: "no-access"}


class Scanimage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="scanimage"):
    """Settings of a scanner: ``device`` as ``scanimage -L`` names it, ``options`` are handed on as they are.

    ``source`` empty leaves the choice to the scanner. ``silence_seconds``: no new byte for so long means hung.
    """

    device: str
    source: str = "Automatic Document Feeder"
    mode: str = "Gray"
    options: tuple[str, ...] = ()
    silence_seconds: float = 45.0
    command: tuple[str, ...] = ("scanimage",)
    sane_config_folder: str = ""


class SaneScanner:
    """Scans a stack into a temporary folder beside the target, then moves the whole pages over."""

    def __init__(self, settings: Scanimage) -> None:
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._is_closed = False

    def probe(self) -> Condition:
        command = [*self._settings.command, "-d", self._settings.device, "--dont-scan"]
        try:
            done = subprocess.run(  # noqa: S603 - the command stands in the settings of the office
                command, capture_output=True, timeout=PROBE_SECONDS_MAX, env=self._environment(), check=False
            )
        except FileNotFoundError:
            return offline("scanimage-missing")
        except (OSError, subprocess.SubprocessError):
            return offline("silent")
        if done.returncode in REASONS:
            return degraded(REASONS[done.returncode])
        return READY if done.returncode in {0, BUSY, NO_PAPER} else offline("no-scanner")

    def scan(self, *, ref: str, folder: str, resolution_dpi: int) -> Pages:
        if resolution_dpi not in RESOLUTIONS_DPI:
            raise BadCall(f"{resolution_dpi} dpi, known are {RESOLUTIONS_DPI}")
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        first = 1 + max(
            (int(found[1]) for found in (PAGE_NAME.fullmatch(path.name) for path in target.iterdir()) if found),
            default=0,
        )
        with tempfile.TemporaryDirectory(prefix=".scanning-", dir=target) as raw_folder:
            stopped_by = self._scan_into(Path(raw_folder), resolution_dpi=resolution_dpi)
            files = []
            for number, page in enumerate(_whole_pages(Path(raw_folder)), start=first):
                path = target / f"page-{number:03d}.png"
                page.rename(path)
                files.append(str(path))
            if any(Path(raw_folder).glob("*.png")):
                stopped_by = stopped_by or "damaged"
        if files:
            return Pages(ref=ref, files=tuple(files), stopped_by=None if stopped_by == "no-paper" else stopped_by)
        if stopped_by in {"busy", "no-scanner"}:
            raise Unavailable(stopped_by, ref=ref)
        raise NeedsAttention(stopped_by or "no-paper", ref=ref)

    def close(self) -> None:
        self._is_closed = True
        process = self._process
        if process is not None:
            _kill_group(process)

    def _scan_into(self, folder: Path, *, resolution_dpi: int) -> str | None:
        """Run the scan to its end; why it ended, None for a regular end."""
        settings = self._settings
        command = [*settings.command, "-d", settings.device, "--mode", settings.mode]
        command += ["--source", settings.source] if settings.source else ["--batch-count=1"]
        command += [f"--resolution={resolution_dpi}", "--format=png", f"--batch={folder}/%d.png", *settings.options]
        with tempfile.TemporaryFile() as said, self._running(command, said=said) as process:
            stopped_by = self._why_ended(process, folder)
            return _broken_off(said, folder) if stopped_by is None else stopped_by

    def _why_ended(self, process: subprocess.Popen[bytes], folder: Path) -> str | None:
        size, grown_at = -1, time.monotonic()
        while process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(POLL_SECONDS)
            pages = list(folder.iterdir())
            new_size = sum(page.stat().st_size for page in pages if page.exists())
            if new_size != size:
                size, grown_at = new_size, time.monotonic()
            elif time.monotonic() - grown_at > self._settings.silence_seconds:
                return "silent"
            if len(pages) > PAGES_MAX:
                return "too-many-pages"
        return _reason(process.returncode)

    @contextmanager
    def _running(self, command: list[str], *, said: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
        if self._is_closed:
            raise Unavailable("closed")
        try:
            process = subprocess.Popen(  # noqa: S603 - the command stands in the settings of the office
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                env=self._environment(),
                start_new_session=True,
            )
        except OSError as error:
            raise Unavailable("scanimage-missing") from error
        self._process = process
        try:
            yield process
        finally:
            _kill_group(process)
            process.wait()
            self._process = None

    def _environment(self) -> dict[str, str]:
        own = {"SANE_CONFIG_DIR": self._settings.sane_config_folder} if self._settings.sane_config_folder else {}
        return {**os.environ, "LC_ALL": "C", **own}


def _reason(code: int) -> str | None:
    if code == 0:
        return None
    if code == NO_PAPER:
        return "no-paper"
    if code == BUSY:
        return "busy"
    return REASONS.get(code, "no-scanner" if code in {1, INVALID} else "failed")


def _broken_off(said: IO[bytes], folder: Path) -> str | None:
    """None when scanimage says that the feeder ran empty, or that it scanned as many pages as lie here."""
    end = said.seek(0, os.SEEK_END)
    said.seek(max(0, end - STDERR_BYTES_MAX))
    last_words = said.read()
    counts = COUNT_SAID.findall(last_words)
    if FEEDER_EMPTY in last_words or (counts and int(counts[-1]) == len(list(folder.glob("*.png")))):
        return None
    return "broken-off"


def _whole_pages(folder: Path) -> Iterator[Path]:
    """The pages that decode to their last row, in order, up to the first that does not."""
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # another library in this process may have asked for leniency
    for page in sorted(folder.glob("*.png"), key=lambda path: int(path.stem)):
        try:
            with Image.open(page) as picture:
                picture.load()
        except (OSError, SyntaxError, ValueError):
            return
        yield page


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
