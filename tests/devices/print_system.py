"""A real print system for tests: D-Bus, Avahi, a virtual IPP printer and a private cupsd, all on the loopback."""

import fcntl
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = ("cupsd", "ippeveprinter", "lpadmin", "avahi-daemon", "dbus-daemon")
START_SECONDS_MAX = 20.0
QUEUE = "office-mfp"
DBUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={folder}/dbus.sock</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
<allow user="*"/></policy></busconfig>
"""
AVAHI_CONFIG = """[server]
host-name=vikno-test
allow-interfaces=lo
enable-dbus=yes
use-ipv6=no
[publish]
publish-workstation=no
"""
CUPSD_CONFIG = """Listen 127.0.0.1:{port}
Browsing Off
DefaultAuthType None
WebInterface No
LogLevel warn
<Location />
Order allow,deny
Allow all
</Location>
<Policy default>
JobPrivateAccess all
JobPrivateValues none
SubscriptionPrivateAccess all
SubscriptionPrivateValues none
<Limit All>
Order allow,deny
Allow all
</Limit>
</Policy>
"""
CUPS_FILES = """ServerRoot {folder}
RequestRoot {folder}/spool
CacheDir {folder}/cache
StateDir {folder}/state
TempDir {folder}/tmp
AccessLog {folder}/access.log
ErrorLog {folder}/error.log
PageLog {folder}/page.log
Sandboxing relaxed
"""


def missing() -> str:
    """Why the print system cannot be started here; empty when it can."""
    absent = [name for name in PROGRAMS if shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin") is None]
    if absent:
        return "not installed: " + ", ".join(absent)
    return "" if os.geteuid() == 0 else "needs root: cupsd, Avahi and D-Bus want to own their folders"


class PrintSystem:
    """A running cupsd with one queue, and the printer behind it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.spool = folder / "printed"
        self._processes: list[subprocess.Popen[bytes]] = []
        self._printer: subprocess.Popen[bytes] | None = None
        self.cups_port, self.printer_port = _free_port(), _free_port()
        self.server = f"127.0.0.1:{self.cups_port}"
        self.printer_uri = f"ipp://localhost:{self.printer_port}/ipp/print"
        self._env = {**os.environ, "LC_ALL": "C", "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={folder}/dbus.sock"}

    def start(self) -> None:
        for name in ("spool", "cache", "state", "tmp", "printed"):
            (self.folder / name).mkdir()
        (self.folder / "dbus.conf").write_text(DBUS_CONFIG.format(folder=self.folder))
        (self.folder / "avahi.conf").write_text(AVAHI_CONFIG)
        (self.folder / "cupsd.conf").write_text(CUPSD_CONFIG.format(port=self.cups_port))
        (self.folder / "cups-files.conf").write_text(CUPS_FILES.format(folder=self.folder))
        self._run("dbus-daemon", f"--config-file={self.folder}/dbus.conf", "--nofork")
        _wait((self.folder / "dbus.sock").exists)
        self._run("avahi-daemon", "-f", f"{self.folder}/avahi.conf", "--no-drop-root", "--no-rlimits", "--no-chroot")
        self._run("cupsd", "-f", "-c", f"{self.folder}/cupsd.conf", "-s", f"{self.folder}/cups-files.conf")
        self.start_printer()
        _wait(lambda: _listens(self.cups_port))
        command = ["lpadmin", "-h", self.server, "-p", QUEUE, "-v", self.printer_uri, "-m", "everywhere"]
        _wait(lambda: subprocess.run(command, env=self._env, capture_output=True, check=False).returncode == 0)
        # cupsd goes on asking the printer after lpadmin was answered and ends with starting the queue (cups 2.4.2):
        # whoever stops the queue before that has it started behind his back
        _wait(lambda: b"enabled" in self._say("lpstat", queue=("-p", QUEUE)))
        self._say("cupsaccept")

    def start_printer(self) -> None:
        """Switch the printer on; Avahi may need a moment before it lets it."""
        command = ["ippeveprinter", "-n", "localhost", "-p", str(self.printer_port), "-d", str(self.spool), "-k"]
        command += ["-c", "/bin/true", "-s", "60", "-f", "application/pdf,image/pwg-raster,image/jpeg", "office-mfp"]

        def is_up() -> bool:
            if self._printer is None or self._printer.poll() is not None:
                self._printer = subprocess.Popen(command, env=self._env, **_quiet())
            return _listens(self.printer_port)

        _wait(is_up)

    def cut_power(self) -> None:
        """Take the printer's power in the middle of whatever it does."""
        if self._printer is not None:
            self._printer.kill()
            self._printer.wait()

    def pause(self) -> None:
        """Stop the queue, as CUPS itself does after some errors."""
        self._say("cupsdisable")

    def resume(self) -> None:
        """What the technician's page asks to be typed for a stopped queue."""
        self._say("cupsenable")

    def set_up_anew(self) -> None:
        """What the technician's page asks to be typed after a power cut."""
        self._say("lpadmin", "-E", "-v", self.printer_uri, "-m", "everywhere", queue=("-p", QUEUE))

    def set_paper(self, *, level: int) -> None:
        """How many sheets lie in every tray, through the printer's own page."""
        trays = "&".join(f"size{n}=iso_a4_210x297mm&type{n}=stationery&level{n}={level}" for n in (1, 2, 3))
        with urllib.request.urlopen(f"http://localhost:{self.printer_port}/media?{trays}", timeout=5) as answer:
            answer.read()

    def documents(self) -> list[Path]:
        return sorted(self.spool.glob("*.pdf"))

    def stop(self) -> None:
        if self._printer is not None:
            self._processes.append(self._printer)
        for process in reversed(self._processes):
            process.terminate()
        for process in reversed(self._processes):
            try:
                process.wait(3)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _say(self, program: str, *arguments: str, queue: tuple[str, ...] = (QUEUE,)) -> bytes:
        path = shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin") or program
        command = [path, "-h", self.server, *queue, *arguments]
        said = subprocess.run(command, env=self._env, capture_output=True, check=True)
        return said.stdout

    def _run(self, program: str, *arguments: str) -> None:
        path = shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin")
        self._processes.append(subprocess.Popen([path or program, *arguments], env=self._env, **_quiet()))


@contextmanager
def running_print_system() -> Iterator[PrintSystem]:
    """A print system in a folder of its own that CUPS's filters, which run as another user, can look into.

    One at a time on a machine: Avahi writes its process number into one place, and the second does not start.
    """
    alone = Path(tempfile.gettempdir()) / "vikno-print-system.lock"
    with alone.open("w") as lock, tempfile.TemporaryDirectory(prefix="vikno-cups-") as name:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = Path(name)
        folder.chmod(0o755)
        system = PrintSystem(folder)
        try:
            system.start()
            yield system
        finally:
            system.stop()


def _quiet() -> dict[str, int]:
    return {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + START_SECONDS_MAX
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError("the print system does not start")
        time.sleep(0.1)  # another process starts: there is nothing to hear from it
