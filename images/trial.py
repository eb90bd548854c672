"""Boots in software what images/build made: it enrols, serves a ticket, updates, falls back from a broken version.

trial.py FIRST [SECOND [BROKEN]]: versions in .image/out and, all but the first, in .image/offer.
"""  # noqa: INP001 - a program

import base64
import functools
import http.server
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
WORK = ROOT / ".image"
TRIAL = WORK / "trial"
HUB_PROGRAM = ROOT / ".venv/bin/central-hub"
HERE_FROM_INSIDE = "10.0.2.2"
HUB_PORT, NODES_PORT, OFFERS_PORT, OFFICE_PORT = 18700, 18743, 18790, 18080
BOOT_SECONDS_MAX, UPDATE_SECONDS_MAX, FALLBACK_SECONDS_MAX = 900, 900, 2400
LOOK_SECONDS = 1.0
DISK_BYTES = 16 << 30
# the tree may build another image meanwhile
UNLOCKED = os.environ | {"SYSTEMD_NSPAWN_LOCK": "0"}
WISH = json.dumps({"sphere": "residence", "purpose": "file"}).encode()

UPDATE = """[Unit]
After=vikno-boot-check.service systemd-bless-boot.service network.target
[Service]
Type=oneshot
StandardOutput=journal+console
StandardError=journal+console
ExecStart=/usr/lib/vikno/vikno-update
ExecStart=systemctl poweroff
"""
BROKEN = """[Service]
ExecCondition=/bin/sh -c '! grep -q PARTLABEL=vikno-edge_{version} /proc/cmdline'
"""
IMPATIENT = "[Service]\nEnvironment=VIKNO_TRIES=2\n"


def credential(name: str, content: str) -> list[str]:
    """What the firmware hands to systemd, without a change to the image."""
    packed = base64.b64encode(content.encode()).decode()
    return ["-smbios", f"type=11,value=io.systemd.credential.binary:{name}={packed}"]


def wait_for(is_so: Callable[[], bool], *, seconds: float, what: str) -> float:
    """The seconds it took; ends the trial where it takes more."""
    begun_at = time.monotonic()
    while not is_so():
        if time.monotonic() - begun_at > seconds:
            sys.exit(f"trial: not within {seconds:.0f} s: {what}; see {TRIAL}/*.log")
        time.sleep(LOOK_SECONDS)  # another machine boots meanwhile; nothing here can be told by it
    return time.monotonic() - begun_at


def say(what: str, seconds: float) -> None:
    sys.stdout.write(f"{seconds:7.0f} s  {what}\n")
    sys.stdout.flush()


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=20) as answer:
            return bool(answer.status == http.HTTPStatus.OK)
    except OSError:
        return False


def ticket() -> str:
    """The number of the ticket that a visitor takes from the machine."""
    address = f"http://127.0.0.1:{OFFICE_PORT}/api/tickets"
    asked = urllib.request.Request(address, WISH, {"content-type": "application/json"})
    with urllib.request.urlopen(asked, timeout=120) as answer:  # noqa: S310 - our own machine
        return str(json.load(answer)["number"])


class Machine:
    """One QEMU from power on to power off; what its console says is in a file of the trial."""

    def __init__(self, name: str, *firmware: str) -> None:
        self.console = TRIAL / f"{name}.log"
        command = [
            *(
                "systemd-nspawn",
                "--quiet",
                f"--directory={WORK}/tools",
                "--register=no",
                "--keep-unit",
                "--capability=all",
            ),
            *(f"--bind={WORK}", "--", "nice", "qemu-system-x86_64", "-machine", "q35", "-accel", "tcg,thread=multi"),
            *("-cpu", "max,-cx16", "-m", "2048", "-smp", "2", "-display", "none", "-monitor", "none"),
            *("-serial", f"file:{self.console}", "-uuid", "6d1f5b0a-4c1e-4d0b-9a51-0c6c7a5c2e11"),
            *("-drive", "if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd"),
            *("-drive", f"if=pflash,format=raw,file={TRIAL}/vars.fd"),
            *("-drive", f"if=virtio,format=raw,file={TRIAL}/disk.raw"),
            *("-nic", f"user,model=virtio-net-pci,hostfwd=tcp:127.0.0.1:{OFFICE_PORT}-:8080", *firmware),
        ]
        self.console.write_text("")
        self._log = (TRIAL / f"{name}.qemu.log").open("w")
        self._process = subprocess.Popen(  # noqa: S603 - the command is above
            command, stdout=self._log, stderr=self._log, stdin=subprocess.DEVNULL, start_new_session=True, env=UNLOCKED
        )

    def said(self, what: str) -> int:
        """How often the console showed it."""
        return self.console.read_text(errors="replace").count(what)

    def is_off(self) -> bool:
        return self._process.poll() is not None

    def pull_the_plug(self) -> None:
        if not self.is_off():
            os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait()
        self._log.close()


@contextmanager
def hub() -> Iterator[None]:
    """A hub on this machine that the guest reaches."""
    folder = TRIAL / "hub"
    made = ("init", "--folder", folder, "--port", HUB_PORT, "--nodes-port", NODES_PORT, "--name", HERE_FROM_INSIDE)
    subprocess.run([HUB_PROGRAM, *map(str, made)], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
    with (TRIAL / "hub.log").open("w") as log:
        run = [HUB_PROGRAM, "run", "--folder", str(folder)]
        process = subprocess.Popen(run, stdout=log, stderr=log)  # noqa: S603 - ours
        try:
            wait_for(lambda: answers(HUB_PORT), seconds=120, what="the hub serves")
            yield
        finally:
            process.terminate()
            process.wait()


@contextmanager
def offers(version: str) -> Iterator[None]:
    """A neighbour on the line that has this version, signed."""
    folder = WORK / f"offer/edge-{version}"
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", OFFERS_PORT), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def serves(machine: Machine, *, what: str) -> None:
    """Until the machine has been found able to serve and a visitor has a ticket."""
    seconds = wait_for(
        lambda: machine.said("boot-check: ok") > 0, seconds=BOOT_SECONDS_MAX, what=f"{what}: doctor --boot"
    )
    say(f"{what}: doctor --boot is content", seconds)
    wait_for(lambda: answers(OFFICE_PORT), seconds=120, what=f"{what}: the page answers")
    say(f"{what}: ticket {ticket()}", 0)


def update(settings: list[str], version: str) -> None:
    """Starts what is there, takes ``version`` from the neighbour, and switches off."""
    wants = ["-smbios", "type=11,value=io.systemd.stub.kernel-cmdline-extra=systemd.wants=trial-update.service"]
    with offers(version):
        machine = Machine(
            f"update-{version}", *settings, *wants, *credential("systemd.extra-unit.trial-update.service", UPDATE)
        )
        try:
            say(
                f"{version} taken, signed",
                wait_for(machine.is_off, seconds=UPDATE_SECONDS_MAX, what=f"{version} is taken"),
            )
        finally:
            machine.pull_the_plug()


def first_start(version: str) -> list[str]:
    """A bare disk becomes a serving office that the hub knows; its settings."""
    shutil.copyfile(WORK / f"out/vikno-edge_{version}.raw", TRIAL / "disk.raw")
    os.truncate(TRIAL / "disk.raw", DISK_BYTES)
    token = subprocess.run(  # noqa: S603 - ours
        [HUB_PROGRAM, "token", "--folder", str(TRIAL / "hub"), "SHV"], check=True, stdout=subprocess.PIPE, text=True
    ).stdout.strip()
    settings = credential(
        "vikno.toml",
        f'office = "SHV"\nhost = "shv"\n[hub]\naddress = "https://{HERE_FROM_INSIDE}:{NODES_PORT}"\ntoken = "{token}"\n'
        f'[updates]\nfrom = "http://{HERE_FROM_INSIDE}:{OFFERS_PORT}"\n',
    )
    machine = Machine("first", *settings)
    try:
        serves(machine, what=f"{version}, bare disk")
        say("enrolled", wait_for(lambda: machine.said("first-boot: enrolled") > 0, seconds=300, what="enrolled"))
    finally:
        machine.pull_the_plug()
    return settings


def main(first: str, *later: str) -> None:
    # whoever ends the trial ends its machine and its hub
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("trial: ended"))
    shutil.rmtree(TRIAL, ignore_errors=True)
    TRIAL.mkdir(parents=True)
    shutil.copyfile(WORK / "tools/usr/share/OVMF/OVMF_VARS_4M.fd", TRIAL / "vars.fd")
    with hub():
        settings = first_start(first)
        if later:
            update(settings, later[0])
            machine = Machine(f"start-{later[0]}", *settings)
            try:
                serves(machine, what=later[0])
            finally:
                machine.pull_the_plug()
        if len(later) > 1:
            fall_back(settings, good=later[0], broken=later[1])


def fall_back(settings: list[str], *, good: str, broken: str) -> None:
    """A version whose node never starts is left after three tries, by the boot loader alone."""
    update(settings, broken)
    dropin = credential("systemd.unit-dropin.edge-node.service", BROKEN.format(version=broken))
    impatient = credential("systemd.unit-dropin.vikno-boot-check.service", IMPATIENT)
    machine = Machine(f"broken-{broken}", *settings, *dropin, *impatient)
    try:
        ok = functools.partial(machine.said, "boot-check: ok")
        seconds = wait_for(lambda: ok() > 0, seconds=FALLBACK_SECONDS_MAX, what=f"back to {good}")
        tries = machine.said("does not serve; starting again")
        say(f"{broken} was tried {tries} times, then {good} served again: ticket {ticket()}", seconds)
    finally:
        machine.pull_the_plug()


if __name__ == "__main__":
    main(*sys.argv[1:])
