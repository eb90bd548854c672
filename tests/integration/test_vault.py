"""Backups off the machine by a real restic, at node and hub: encrypted, read back, brought back, found when damaged."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner, Result
from rich_click import Group

from central_hub.cli import main as central_hub
from edge_node.cli import main as edge_node

pytestmark = [
    pytest.mark.processes,  # restic derives a key from the password at each call
    pytest.mark.timeout(300),
    pytest.mark.skipif(shutil.which("restic") is None, reason="restic is not installed: sh .ci/system-packages"),
]


class Vaulted:
    """An app's folder and a repository on another disk."""

    def __init__(self, program: Group, folder: Path, disk: Path) -> None:
        self._program = program
        self.folder = folder
        self.repository = disk / "vault"
        self._password = disk / "password"
        self._password.write_text("correct horse battery staple\n", encoding="utf-8")

    def asked(self, command: str, *more: str) -> Result:
        at = ("--repository", str(self.repository), "--password-file", str(self._password))
        return CliRunner().invoke(self._program, ["backup", command, *at, *more])

    def told(self, command: str, *more: str) -> str:
        result = self.asked(command, *more)
        assert result.exit_code == 0, result.output
        return result.output

    def send(self, *more: str) -> None:
        self.told("send", "--folder", str(self.folder), *more)


@pytest.fixture
def node(tmp_path: Path) -> Vaulted:
    made = CliRunner().invoke(edge_node, ["init", "--folder", str(tmp_path / "node"), "--office", "SHV"])
    assert made.exit_code == 0, made.output
    return Vaulted(edge_node, tmp_path / "node", tmp_path)


@pytest.fixture
def hub(tmp_path: Path) -> Vaulted:
    made = CliRunner().invoke(central_hub, ["init", "--folder", str(tmp_path / "hub")])
    assert made.exit_code == 0, made.output
    return Vaulted(central_hub, tmp_path / "hub", tmp_path)


def stood(database: Path, sql: str) -> object:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(sql).fetchone()[0]


def test_a_node_comes_back_from_another_disk_as_a_new_incarnation_of_itself(node: Vaulted, tmp_path: Path) -> None:
    (node.folder / "blobs").mkdir()
    (node.folder / "blobs" / "scan").write_bytes(b"a scanned passport")
    node.send()
    node.told("recover", "--office", "SHV", "--folder", str(tmp_path / "back"))

    back = tmp_path / "back"
    assert (back / "node.key").read_bytes() == (node.folder / "node.key").read_bytes()
    assert (back / "blobs" / "scan").read_bytes() == b"a scanned passport"
    identity = "select node_id from replica_stream"
    assert stood(back / "node.db", identity) == stood(node.folder / "node.db", identity)
    life = "select incarnation from replica_stream"
    assert stood(back / "node.db", life) != stood(node.folder / "node.db", life)


def test_nothing_that_lies_in_the_vault_can_be_read_there(node: Vaulted) -> None:
    (node.folder / "logo.txt").write_text("Шевченко Тарас Григорович " * 1000, encoding="utf-8")
    node.send()
    kept = [path.read_bytes() for path in node.repository.rglob("*") if path.is_file()]
    secret = (node.folder / "node.key").read_bytes()
    assert kept
    assert not [found for found in kept if secret in found or "Шевченко".encode() in found or b"SQLite" in found]


def test_the_latest_backups_stay(node: Vaulted) -> None:
    for _ in range(3):
        node.send("--copies", "2")
    assert len(node.told("list", "--office", "SHV").splitlines()) == 2
    assert node.told("list", "--office", "KYV") == ""


def test_a_vault_that_rotted_is_said_and_keeps_what_it_has(node: Vaulted) -> None:
    (node.folder / "scan").write_bytes(Random(1).randbytes(3 << 20))
    node.send()
    packs = (path for path in (node.repository / "data").rglob("*") if path.is_file())
    largest = max(packs, key=lambda path: path.stat().st_size)
    largest.chmod(0o600)
    with largest.open("r+b") as pack:
        pack.seek(largest.stat().st_size // 2)
        pack.write(bytes(100))
    result = node.asked("send", "--folder", str(node.folder), "--copies", "1")
    assert result.exit_code == 1, result.output
    assert len(node.told("list", "--office", "SHV").splitlines()) == 2


def test_another_password_opens_nothing(node: Vaulted, tmp_path: Path) -> None:
    node.send()
    (tmp_path / "password").write_text("guessed", encoding="utf-8")
    result = node.asked("recover", "--office", "SHV", "--folder", str(tmp_path / "back"))
    assert result.exit_code == 1
    assert "wrong password" in result.output
    assert not (tmp_path / "back").exists()


def test_a_hub_is_told_how_often_its_backup_was_brought_back(hub: Vaulted, tmp_path: Path) -> None:
    """Each life skips other numbers than the one before, so the note must outlive the machine, in the vault."""
    hub.send()
    assert stood(hub.folder / "hub.db", "select backed_up_at from hub_state") is not None
    for life in ("second", "third"):
        hub.told("recover", "--folder", str(tmp_path / life))
    assert hub.told("list").split()[-1] == "2"
    assert (tmp_path / "third" / "authority").is_dir()
    result = hub.asked("recover", "--folder", str(tmp_path / "third"))
    assert "not empty" in " ".join(result.output.replace("│", " ").split())  # the frame, wherever the line is broken
