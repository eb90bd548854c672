"""``central-hub demo`` as a process: a hub and three offices with simulated devices, for tests that look at pages."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.support.processes import BIN, free_port, wait_until

START_SECONDS_MAX = 240  # eight processes on two cores that somebody else uses, too
STOP_SECONDS_MAX = 60
ASK_SECONDS_MAX = 60
PORTS = 15  # hub, offices, the nodes' door, control, relays, telephones


class DemoCity:
    """The demonstration in ``folder``; ``stop`` ends all its processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._log = folder / "demo.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._accounts: dict[str, Any] = {}

    def start(self) -> None:
        """Start it and wait until the offices know their staff and services."""
        command = [str(BIN / "central-hub"), "demo", "--folder", str(self._folder / "city")]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*command, "--port-base", str(free_port(count=PORTS))], stdout=log, stderr=log, start_new_session=True
            )
        accounts = self._folder / "city" / "accounts.json"
        wait_until(lambda: self._is_alive() and accounts.exists(), what="the demo's start", seconds=START_SECONDS_MAX)
        self._accounts = json.loads(accounts.read_text(encoding="utf-8"))
        for office_id in self._accounts["offices"]:
            wait_until(lambda office_id=office_id: self._has_arrived(office_id), what=f"the catalogue at {office_id}")

    def stop(self) -> None:
        """As Ctrl-C does."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGINT)
            self._process.wait(timeout=STOP_SECONDS_MAX)
            self._process = None

    @property
    def password(self) -> str:
        """It opens every account."""
        return str(self._accounts["watcher"]["password"])

    def url(self, place: str) -> str:
        """Where ``hub`` or an office is served."""
        return str(self._accounts["hub"] if place == "hub" else self._accounts["offices"][place]["url"])

    def spool(self, office_id: str) -> Path:
        """What the simulated devices of an office have made."""
        return self._folder / "city" / office_id / "spool"

    @contextmanager
    def sign_in(self, place: str, login: str | None) -> Iterator[httpx.Client]:
        """A program's session; without a login that of a kiosk."""
        with httpx.Client(base_url=self.url(place), trust_env=False, timeout=ASK_SECONDS_MAX) as client:
            client.headers["Accept"] = "application/json"
            if login is not None:
                client.post("/api/session", json={"login": login, "password": self.password}).raise_for_status()
            yield client

    def set_fault(self, office_id: str, device: str, fault: str | None) -> None:
        """Let a simulated device have a fault, or be well again."""
        self._ask_simulators(office_id, {"do": "set-fault", "device": device, "fault": fault})

    def mend_line(self, office_id: str) -> None:
        """Let the office reach the hub again, whatever a test left behind."""
        control = f"{self._accounts['line_control']}/lines/{office_id}"
        httpx.post(control, json={"state": "mended"}, trust_env=False, timeout=ASK_SECONDS_MAX).raise_for_status()

    def device_facts(self, office_id: str, device: str) -> dict[str, str | int]:
        """What a simulated device has done."""
        simulators = self._ask_simulators(office_id, {"do": "list"})["devices"]
        return next(dict(each["facts"]) for each in simulators if each["device"] == device)

    def _ask_simulators(self, office_id: str, wish: dict[str, str | None]) -> dict[str, Any]:
        """One line of JSON each way; not with the asynchronous client, for Playwright holds the thread's event loop."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(ASK_SECONDS_MAX)
            line.connect(str(self.spool(office_id) / "simulators.sock"))
            line.sendall(json.dumps(wish).encode() + b"\n")
            answer = json.loads(line.makefile("rb").readline())
        assert "error" not in answer or answer["error"] is None, answer
        return answer

    def _is_alive(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text(errors="replace")[-3000:]
        return True

    def _has_arrived(self, office_id: str) -> bool:
        try:
            with self.sign_in(office_id, f"{office_id.lower()}-administrator") as client:
                return bool(client.get("/api/services").json())
        except httpx.HTTPStatusError:
            return False  # the staff have not come from the hub yet
