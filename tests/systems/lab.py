"""Machines of a lab: systemd-nspawn systems over one bare Debian tree, on one bridge, without a route to anywhere."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.systems.answers import wait_for

ROOT = Path(__file__).parents[2]
BRIDGE = "vikno-lab"
HOST = "10.83.0.1"
NETWORK = """[Match]
Name=host0
[Network]
Address={address}/24
LinkLocalAddressing=no
"""
SSH_OPTIONS = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "ConnectTimeout=5")
UNREGISTERED = ("--register=no", "--keep-unit")  # there may be no systemd outside that would know of machines
NEEDED = ("systemd-nspawn", "mmdebstrap", "apt-ftparchive", "gpg", "ip", "ssh", "ssh-keygen", "mount", "nsenter", "ps")
ROOM_GIB = 12  # the tree, three bundles, four disks
BOOT_SECONDS_MAX = 180  # two seconds where nobody else is


def run(*command: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([str(part) for part in command], check=False, capture_output=True, text=True)
    if check and done.returncode != 0:
        said = done.stdout[-2000:] + done.stderr[-2000:]
        raise AssertionError(f"{' '.join(done.args)} ended with {done.returncode}: {said}")
    return done


def why_not() -> str | None:
    """Why no lab can be built on this machine; None when it can."""
    if os.geteuid() != 0:
        return "only root may boot systems"
    if missing := [name for name in NEEDED if shutil.which(name) is None]:
        return f"there is no {', '.join(missing)}"
    if (free := shutil.disk_usage(ROOT).free >> 30) < ROOM_GIB:
        return f"{free} GiB of disk are free, {ROOM_GIB} are needed"
    return None


@dataclass
class Machine:
    """One system: its own disk over the shared tree; it keeps it when it is killed and booted again."""

    name: str
    address: str
    folder: Path
    binds: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def root(self) -> Path:
        return self.folder / "root"

    def make(self, base: Path, *, public_key: str) -> None:
        for name in ("upper", "work", "root"):
            (self.folder / name).mkdir(parents=True)
        upper, work = self.folder / "upper", self.folder / "work"
        run("mount", "-t", "overlay", self.name, "-o", f"lowerdir={base},upperdir={upper},workdir={work}", self.root)
        etc = self.root / "etc"
        (etc / "machine-id").write_text(f"{uuid.uuid4().hex}\n")
        (etc / "hostname").write_text(f"{self.name}\n")
        (etc / "hosts").write_text(f"127.0.0.1 localhost\n{self.address} {self.name}\n")
        (etc / "systemd/network").mkdir(parents=True, exist_ok=True)
        (etc / "systemd/network/10-lab.network").write_text(NETWORK.format(address=self.address))
        wants = etc / "systemd/system/multi-user.target.wants"
        (wants / "systemd-networkd.service").symlink_to("/lib/systemd/system/systemd-networkd.service")
        # the disks of a lab are thrown away: no package waits until it is written
        (etc / "dpkg/dpkg.cfg.d/lab").write_text("force-unsafe-io\n")
        (self.root / "root/.ssh").mkdir(mode=0o700, exist_ok=True)
        (self.root / "root/.ssh/authorized_keys").write_text(public_key)

    def boot(self) -> None:
        command = ["systemd-nspawn", "--quiet", f"--directory={self.root}", *UNREGISTERED]
        command += [f"--machine={self.name}", f"--network-bridge={BRIDGE}", *self.binds, "--boot"]
        with (self.folder / "console").open("ab") as console:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True
            )
        wait_for(self.answers, seconds=BOOT_SECONDS_MAX, what=f"{self.name} answers SSH")

    def answers(self) -> bool:
        """Whether one can sign in; fails, with what the console shows, when there is nothing left that would boot."""
        if self.process is not None and self.process.poll() is not None:
            shown = (self.folder / "console").read_text("utf-8", errors="replace")[-2000:].strip()
            raise AssertionError(f"{self.name} ended as it booted: {shown}")
        return self.ssh("true", check=False).returncode == 0

    def cut_power(self) -> None:
        """Every process of the machine ends at once, as when its plug is pulled."""
        assert self.process is not None
        for init in self._inits() or [str(self.process.pid)]:
            os.kill(int(init), signal.SIGKILL)
        self.process.wait(timeout=60)

    def _inits(self) -> list[str]:
        assert self.process is not None
        return run("ps", "-o", "pid=", "--ppid", str(self.process.pid), check=False).stdout.split()

    def cut_line(self) -> None:
        run("ip", "link", "set", f"vb-{self.name}", "down")

    def mend_line(self) -> None:
        run("ip", "link", "set", f"vb-{self.name}", "up")

    def ssh(self, command: str, *, check: bool = True) -> subprocess.CompletedProcess[str]:
        options = [part for option in SSH_OPTIONS for part in ("-o", option)]
        key = self.folder.parent / "key"
        return run("ssh", *options, "-i", key, f"root@{self.address}", command, check=check)

    def inside(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run ``command`` in the machine without its network."""
        (init,) = self._inits()
        return run("nsenter", "--all", f"--target={init}", "sh", "-c", command)

    def destroy(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.cut_power()
        run("umount", "--lazy", self.root, check=False)


class Lab:
    """The bridge, the bundles, the machines; ``close`` leaves nothing of them but the cached tree and downloads."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder, self.cache = folder, cache
        self.machines: dict[str, Machine] = {}
        self.sockets = Path(tempfile.mkdtemp(prefix="lab-"))  # a socket's path has to be short

    @property
    def sticks(self) -> Path:
        """Where the bundles are; the offices have it as the stick that is plugged in."""
        return self.folder / "sticks"

    def begin(self) -> None:
        """The bare tree, the bridge."""
        self._sweep()
        self.base()
        self.sticks.mkdir(parents=True)
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / "key")
        run("ip", "link", "add", BRIDGE, "type", "bridge")
        run("ip", "address", "add", f"{HOST}/24", "dev", BRIDGE)
        run("ip", "link", "set", BRIDGE, "up")

    def _sweep(self) -> None:
        """Take away what a lab left that was killed."""
        for line in reversed(Path("/proc/mounts").read_text("utf-8").splitlines()):
            if (place := line.split()[1]).startswith(f"{self.folder}/"):
                run("umount", "--lazy", place, check=False)
        run("ip", "link", "delete", BRIDGE, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def base(self) -> Path:
        """The bare tree, unpacked once; a new day's security updates need `make clean`."""
        tree = self.cache / "base"
        if not (self.cache / "base.tar").exists():
            run(ROOT / "ansible/bundle/base-tree", self.cache / "base.tar")
        if not tree.exists():
            half = self.cache / "base.half"
            shutil.rmtree(half, ignore_errors=True)
            half.mkdir()
            run("tar", "--extract", f"--file={self.cache / 'base.tar'}", f"--directory={half}", "--numeric-owner")
            half.rename(tree)
        return tree

    def machine(self, name: str, address: str, *, binds: Sequence[str] = ()) -> Machine:
        machine = Machine(name=name, address=address, folder=self.folder / name, binds=tuple(binds))
        machine.make(self.base(), public_key=(self.folder / "key.pub").read_text())
        self.machines[name] = machine
        return machine

    def timed(self, what: str, begun_at: float) -> None:
        """Print what took how long until now, and how busy the machine is."""
        self.told(what, time.monotonic() - begun_at)

    def told(self, what: str, seconds: float) -> None:
        sys.stdout.write(f"\n  {what:<60} {seconds:6.1f} s, load {os.getloadavg()[0]:.0f}\n")
        sys.stdout.flush()

    def close(self) -> None:
        for machine in self.machines.values():
            machine.destroy()
        self._sweep()
        shutil.rmtree(self.sockets)
