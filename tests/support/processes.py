"""A real hub and real offices as processes of this machine, on their own ports and folders; to be killed, too."""

import os
import random
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import httpx

from sync.replication import authority
from sync.replication.trust import trusting

BIN = Path(sys.executable).parent
START_SECONDS_MAX = 60  # on a busy machine with two cores
LOOK_AGAIN_SECONDS = 0.05
_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # plain HTTP; to read all authorities takes as long as to look again


class NotInTimeError(AssertionError):
    """What was waited for did not happen."""


def wait_until(happened: Callable[[], object], *, what: str, seconds: float = START_SECONDS_MAX) -> None:
    """Look again and again until ``happened``; raises NotInTimeError after ``seconds``."""
    ends_at = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > ends_at:
            raise NotInTimeError(what)
        time.sleep(LOOK_AGAIN_SECONDS)  # another process is waited for: there is nothing to hear from it


def free_port(*, count: int = 1) -> int:
    """The first of ``count`` ports that are free now, below those that the kernel gives to clients.

    A server that is killed and started again finds its own one free, whoever calls out meanwhile.
    """
    while True:
        first = random.SystemRandom().randrange(20_000, 32_000)
        try:
            for port in range(first, first + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first


class Served:
    """One server process with its log; ``kill`` is SIGKILL, as when the power goes."""

    def __init__(self, arguments: list[str], *, port: int, log: Path) -> None:
        self._arguments = arguments
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.address = f"http://127.0.0.1:{port}"

    @property
    def pid(self) -> int:
        """The running process."""
        assert self._process is not None
        return self._process.pid

    def launch(self, **environment: str) -> None:
        """Start it and do not wait; it may be made to die. Its modules are compiled once, as where it is installed."""
        here = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._arguments, stdout=log, stderr=log, start_new_session=True, env={**here, **environment}
            )

    def start(self) -> None:
        self.launch()
        wait_until(self.is_ready, what=f"{self._arguments}: {self._log.read_text(errors='replace')[-2000:]}")

    def is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text(errors="replace")[-3000:]
        try:
            return httpx.get(f"{self.address}/health/ready", trust_env=False, verify=_NOBODY).is_success
        except httpx.HTTPError:
            return False

    def has_died(self) -> bool:
        """Whether it ended by itself; what it left running is ended with it, as by the service manager."""
        assert self._process is not None
        if self._process.poll() is None:
            return False
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        return True

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, how)
            self._process.wait(timeout=START_SECONDS_MAX)
        self._process = None


def run(*arguments: str) -> str:
    """Run one of the house's commands to its end; its standard output."""
    done = subprocess.run([str(BIN / arguments[0]), *arguments[1:]], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{arguments}: {done.stdout} {done.stderr}"
    return done.stdout


class Hub(Served):
    """A hub with the demonstration's staff; ``password`` opens every account."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "hub"
        port, self.nodes_port = free_port(), free_port()
        ports = ("--port", str(port), "--nodes-port", str(self.nodes_port))
        printed = run("central-hub", "init", "--folder", str(self.folder), *ports, "--demo")
        self.password = printed.split()[-1]
        command = [str(BIN / "central-hub"), "run", "--folder", str(self.folder)]
        super().__init__(command, port=port, log=folder / "hub.log")
        self.nodes_address = f"https://127.0.0.1:{self.nodes_port}"

    def trust(self) -> ssl.SSLContext:
        """As a node trusts that has enrolled."""
        return trusting(authority.standing(self.folder / "authority").announced[0])

    def token(self, office_id: str) -> str:
        return run("central-hub", "token", "--folder", str(self.folder), office_id).split()[-1]


class Office(Served):
    """A node enrolled with ``hub``, which it reaches over TLS at ``line``: a relay's address, or the hub's own."""

    def __init__(self, folder: Path, office_id: str, *, hub: Hub, line: str | None = None) -> None:
        self.folder = folder / office_id
        self.office_id = office_id
        self._password = hub.password
        port = free_port()
        run("edge-node", "init", "--folder", str(self.folder), "--office", office_id, "--port", str(port))
        with (self.folder / "edge-node.toml").open("a", encoding="utf-8") as configuration:
            configuration.write("\n[archive]\nrecognises_text = false\n")  # 4 s of a core for each page
        token = hub.token(office_id)
        run("edge-node", "enrol", "--folder", str(self.folder), "--hub", line or hub.nodes_address, "--token", token)
        command = [str(BIN / "edge-node"), "run", "--folder", str(self.folder)]
        super().__init__(command, port=port, log=folder / f"{office_id}.log")

    def sign_in(self, role: str = "administrator") -> AbstractContextManager[httpx.Client]:
        """A browser's session of the office's demonstration account for ``role``, once the staff have arrived."""
        return signed_in(self.address, login=f"{self.office_id.lower()}-{role}", password=self._password)


@contextmanager
def signed_in(address: str, *, login: str, password: str) -> Iterator[httpx.Client]:
    """A browser's session at the node of this address, once it knows the account."""
    account = {"login": login, "password": password}
    with httpx.Client(base_url=address, trust_env=False, timeout=START_SECONDS_MAX) as client:
        client.headers["Accept"] = "application/json"
        wait_until(lambda: client.post("/api/session", json=account).is_success, what=f"sign-in as {login}")
        yield client
