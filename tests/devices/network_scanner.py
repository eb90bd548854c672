"""SANE's test backend, on this machine and behind a real ``saned`` that can be killed in the middle of a page."""

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from device_drivers.scanner.sane import SaneScanner, Scanimage
from tests.devices.waiting import wait_for

PORT = 6566  # the net backend knows no other, so every saned of a test has an address of its own
TEST_CONF = Path("/etc/sane.d/test.conf")


def missing(*programs: str) -> str:
    """What is missing here for SANE's test backend; empty when nothing is."""
    absent = [name for name in programs if shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin") is None]
    return "" if TEST_CONF.exists() and not absent else "no SANE test backend: apt-get install sane-utils libsane1"


def only_test_backend(folder: Path) -> str:
    """A configuration of SANE in which there is only the test backend: ten pages in the feeder of ``test:0``."""
    folder.mkdir()
    (folder / "dll.conf").write_text("test\n")
    shutil.copy(TEST_CONF, folder)
    return str(folder)


class NetworkScanner:
    """A saned with the test backend behind it, as the net backend finds it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._address = ".".join(["127", *(str(random.randint(1, 254)) for _ in range(3))])
        self._served = only_test_backend(folder / "served")
        (Path(self._served) / "saned.conf").write_text("127.0.0.0/8\n")
        self._seen = folder / "seen"
        self._seen.mkdir()
        (self._seen / "dll.conf").write_text("net\n")
        (self._seen / "net.conf").write_text(f"{self._address}\n")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Switch it on."""
        saned = shutil.which("saned", path="/usr/sbin:/usr/bin:/sbin:/bin") or "saned"
        self._process = subprocess.Popen(
            [saned, "-l", "-e", "-b", self._address],
            env={**os.environ, "SANE_CONFIG_DIR": self._served},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_for(self._listens)

    def kill(self) -> None:
        """Pull its plug, whatever it is doing for whomever."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def driver(self, *options: str, silence_seconds: float = 20) -> SaneScanner:
        """The driver that reaches it over the network."""
        device = f"net:{self._address}:test:0"
        settings = Scanimage(
            device=device, options=options, sane_config_folder=str(self._seen), silence_seconds=silence_seconds
        )
        return SaneScanner(settings)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((self._address, PORT)) == 0
