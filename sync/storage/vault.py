"""Backups off the machine: encrypted, each told apart from the last by restic, and read back before any is let go of.

restic's repository may be a folder of another disk or a USB stick, or ``sftp:`` and ``rest:`` at another machine. What
goes there is the same archive as a backup on the shelf, streamed: it never lies on this disk as a whole.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, cast

import msgspec

from sync.storage import backup
from sync.storage.backup import BackupWrong, Manifest, Progress, Snapshot

SECONDS_MAX = 4 * 3600  # a first backup of an office's scans over a slow line; the timer's unit has its own limit
_CHUNK_BYTES = 1 << 20
_NOTHING = subprocess.DEVNULL
DATA, KEYS = "data.tar", "keys.tar"
_RESTORED = "restored-"


class VaultFailed(Exception):  # noqa: N818 - what happened
    """restic is missing, or the repository cannot be reached or opened; the message is what restic says."""


class VaultSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """One backup in the vault, as restic lists it."""

    id: str
    short_id: str
    time: datetime
    paths: tuple[str, ...]
    tags: tuple[str, ...] = ()

    @property
    def restores(self) -> int:
        """How often it was brought back."""
        return sum(tag.startswith(_RESTORED) for tag in self.tags)


class Vault:
    """The backups of ``owner`` in one repository; others' may lie in the same."""

    def __init__(self, repository: str, *, password_file: Path, owner: str) -> None:
        self._environment = {
            **os.environ,
            "RESTIC_REPOSITORY": repository,  # not an argument: it may hold a password, and every user sees those
            "RESTIC_PASSWORD_FILE": str(password_file),
        }
        self._repository = repository
        self._owner = owner

    def send(self, snapshot: Snapshot, *, copies: int) -> Manifest:
        """Put a backup into the vault, read it back into a temporary folder, then let go of all but ``copies``.

        Raises:
            VaultFailed: nothing was let go of; what the vault held before is there.
            BackupWrong: what was written does not read back; likewise.
        """
        self._begin()
        self._put(snapshot, snapshot.keys(), name=KEYS)
        manifest = self._put(snapshot, snapshot.data(), name=DATA)
        self.verify(progress=snapshot.progress)
        self._run("forget", "--host", self._owner, "--group-by", "paths", "--keep-last", str(copies), "--prune")
        return manifest

    def listed(self) -> list[VaultSnapshot]:
        """Every backup of the owner, oldest first; keys are not listed."""
        found = self._run("snapshots", "--json", "--host", self._owner, "--path", f"/{DATA}")
        return sorted(msgspec.json.decode(found, type=list[VaultSnapshot]), key=lambda each: each.time)

    def verify(self, *, progress: Progress) -> Manifest:
        """The latest backup, unpacked into a temporary folder: every hash, and every database's own check.

        Raises:
            BackupWrong: something is missing, changed or damaged.
        """
        with tempfile.TemporaryDirectory() as scratch:
            self._fetch("latest", KEYS, Path(scratch), progress)
            return self._fetch("latest", DATA, Path(scratch), progress)

    def recover(self, folder: Path, *, now: datetime, progress: Progress, snapshot_id: str = "") -> int:
        """Bring a backup back into ``folder``, which must be empty or missing; how often it was brought back before.

        Without ``snapshot_id``, the latest. The latest keys come with it, whichever it is.

        Raises:
            BackupWrong: the folder holds something, there is no such backup, or it is damaged.
        """
        wanted = [each for each in self.listed() if each.id.startswith(snapshot_id)]
        if not wanted:
            raise BackupWrong(f"{self._repository} holds no backup {snapshot_id} of {self._owner}")
        backup.prepare(folder)
        self._fetch(wanted[-1].id, DATA, folder, progress)
        self._fetch("latest", KEYS, folder, progress)
        self._run("tag", "--add", f"{_RESTORED}{now:%Y%m%dT%H%M%SZ}", wanted[-1].id)
        return wanted[-1].restores

    def _begin(self) -> None:
        try:
            self._run("cat", "config")
        except VaultFailed as failed:
            if "Is there a repository at" not in str(failed):
                raise
            self._run("init")

    def _put(self, snapshot: Snapshot, paths: Iterator[Path], *, name: str) -> Manifest:
        """Stream an archive into the vault; one that was cut short is never a backup, for restic is ended first."""
        command = self._command("backup", "--stdin", "--stdin-filename", name, "--host", self._owner, "--quiet")
        with tempfile.TemporaryFile() as said, self._started(command, stdin=subprocess.PIPE, stderr=said) as process:
            sink = cast("IO[bytes]", process.stdin)
            try:
                manifest = backup.write(snapshot, paths, sink)
                sink.close()
            except BrokenPipeError as error:
                process.wait()
                raise VaultFailed(_text(said)) from error
            except BaseException:
                process.kill()
                raise
            if process.wait(SECONDS_MAX):
                raise VaultFailed(_text(said))
        return manifest

    def _fetch(self, snapshot_id: str, name: str, folder: Path, progress: Progress) -> Manifest:
        command = self._command("dump", snapshot_id, f"/{name}", "--host", self._owner, "--path", f"/{name}")
        with tempfile.TemporaryFile() as said, self._started(command, stdout=subprocess.PIPE, stderr=said) as process:
            source = cast("IO[bytes]", process.stdout)
            try:
                return backup.read(source, folder, called=f"{self._repository} {name}", progress=progress)
            except BackupWrong as wrong:
                _drain(source)
                if process.wait(SECONDS_MAX):
                    raise VaultFailed(_text(said)) from wrong
                raise
            finally:
                _drain(source)

    def _started(
        self,
        command: list[str],
        *,
        stdin: int = subprocess.DEVNULL,
        stdout: int = subprocess.DEVNULL,
        stderr: IO[bytes],
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=stderr, env=self._environment)  # noqa: S603 - found by which, own arguments

    def _run(self, *arguments: str) -> bytes:
        done = subprocess.run(  # noqa: S603 - found by which, own arguments
            self._command(*arguments), capture_output=True, env=self._environment, timeout=SECONDS_MAX, check=False
        )
        if done.returncode:
            raise VaultFailed(done.stderr.decode(errors="replace").strip())
        return done.stdout

    def _command(self, *arguments: str) -> list[str]:
        found = shutil.which("restic")
        if found is None:
            raise VaultFailed("restic is not installed: apt install restic")
        return [found, "--no-cache", *arguments]


def _drain(source: IO[bytes]) -> None:
    """To the end: what stops in the middle would leave restic writing to nobody."""
    while source.read(_CHUNK_BYTES):
        pass


def _text(said: IO[bytes]) -> str:
    said.seek(0)
    return said.read().decode(errors="replace").strip()
