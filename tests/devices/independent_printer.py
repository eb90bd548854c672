"""A ticket printer by other hands: emupos, in an environment of its own, for it wants a later Python than ours."""

import fcntl
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from PIL import Image

from tests.devices.waiting import wait_for
from tests.support.processes import free_port

WHEEL = "emupos==0.4.0"
PYTHON_MIN = (3, 13)
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vikno-tests"
INSTALL_SECONDS_MAX = 180
START_SECONDS_MAX = 30
PRINTER = "front"
FAULTS = {"near-end": "paper-near-end"}  # by our names, where theirs differ
SETTINGS = """schema: 1
api: {{ host: 127.0.0.1, port: {api_port} }}
devices:
  - id: front
    type: printer
    profile: ./profile.yaml
    connections:
      - tcp: {{ port: {port} }}
      - serial: {{ pty: true, link: front }}
    receipts_dir: {folder}/receipts
"""
PROVEN_PAGE = 46  # CP1251, as Epson numbers it
PROFILE = f"""type: printer
name: A printer of Ukrainian letters
dpi: 203
width_dots: 576
font_a: {{ width: 12, height: 24 }}
font_b: {{ width: 9, height: 17 }}
code_pages: {{ 0: PC437, {PROVEN_PAGE}: WPC1251 }}
default_code_page: 0
drawer_sensor_open_level: high
serial: {{ baud: 115200, data_bits: 8, parity: none, stop_bits: 1 }}
"""


class NotHereError(Exception):
    """The emulator cannot be had on this machine; says why."""


class IndependentPrinter:
    """A running emupos: its faults, its line and what came out of it since ``forget``."""

    def __init__(self, *, port: int, api_port: int, folder: Path) -> None:
        self.address = f"127.0.0.1:{port}"
        self.serial_port = str(folder / "emupos" / PRINTER)
        self._api = httpx.Client(base_url=f"http://127.0.0.1:{api_port}/api/v1/devices/{PRINTER}")
        self._fault: str | None = None
        self._forgotten = 0

    def set_fault(self, fault: str | None) -> None:
        """One fault at a time; ``None`` is well again, and what was held comes out."""
        for path, ask in ((self._fault, "DELETE"), (fault, "PUT")):
            if path is not None:
                self._api.request(ask, f"/faults/{FAULTS.get(path, path)}").raise_for_status()
        self._fault = fault

    def tickets(self) -> list[Image.Image]:
        """Black and white, oldest first."""
        found = self._receipts()[self._forgotten :]
        return [Image.open(io.BytesIO(self._api.get(f"/receipts/{each}/image").content)).convert("1") for each in found]

    def texts(self) -> list[str]:
        """What was printed as letters, oldest first."""
        return [self._api.get(f"/receipts/{each}/text").text for each in self._receipts()[self._forgotten :]]

    def forget(self) -> None:
        """Be well, and count from here."""
        self.set_fault(None)
        self._forgotten = len(self._receipts())

    def is_ready(self) -> bool:
        try:
            return self._api.get("/receipts").is_success
        except httpx.TransportError:
            return False

    def close(self) -> None:
        self._api.close()

    def _receipts(self) -> list[str]:
        return [str(each["id"]) for each in reversed(self._api.get("/receipts").raise_for_status().json())]


@contextmanager
def independent_printer(folder: Path) -> Iterator[IndependentPrinter]:
    """Run one in ``folder``; raises NotHereError where it cannot be had."""
    program = _installed()
    port, api_port = free_port(), free_port()
    settings = folder / "emupos.yaml"
    (folder / "profile.yaml").write_text(PROFILE, encoding="utf-8")
    settings.write_text(SETTINGS.format(port=port, api_port=api_port, folder=folder), encoding="utf-8")
    with (folder / "emupos.log").open("wb") as log:
        process = subprocess.Popen(
            [program, "run", "--config", settings],
            stdout=log,
            stderr=log,
            cwd=folder,
            env={**os.environ, "TMPDIR": str(folder)},
        )
    printer = IndependentPrinter(port=port, api_port=api_port, folder=folder)
    try:
        wait_for(lambda: printer.is_ready() or process.poll() is not None, seconds_max=START_SECONDS_MAX)
        if process.poll() is not None:
            raise RuntimeError((folder / "emupos.log").read_text(encoding="utf-8"))
        yield printer
    finally:
        printer.close()
        process.terminate()
        process.wait(10)


def _installed() -> Path:
    """The program, installed once for all runs of this machine's user."""
    home = CACHE / WHEEL.replace("==", "-")
    program, is_whole = home / "bin" / "emupos", home / "whole"
    python = _late_python()
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_whole.exists():
            return program
        pip = [home / "bin" / "python", "-m", "pip", "install", "--quiet", "--only-binary", ":all:", WHEEL]
        try:
            for command in ([python, "-m", "venv", "--clear", home], pip):
                subprocess.run(command, check=True, capture_output=True, timeout=INSTALL_SECONDS_MAX)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise NotHereError(f"{WHEEL} cannot be installed: {error}") from error
        is_whole.touch()
    return program


def _late_python() -> str:
    wanted = f"import sys; sys.exit(sys.version_info < {PYTHON_MIN})"
    versions = Path.home() / ".pyenv" / "versions"
    for python in (sys.executable, *map(str, sorted(versions.glob("3.*/bin/python"))), "python3.14", "python3.13"):
        found = shutil.which(python)
        if found and subprocess.run([found, "-c", wanted], capture_output=True, check=False).returncode == 0:
            return found
    raise NotHereError(f"no Python {'.'.join(map(str, PYTHON_MIN))} or later on this machine, which emupos wants")
