"""A shelf of backups holds the latest ones, each read back whole."""

import io
import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sync.storage import Store, backup

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def kept(folder: Path, shelf: Path, *, days: int) -> Path:
    parts = backup.Parts(left_out=frozenset({"sessions.db"}), keys=frozenset({"node.key"}))
    now = NOON + timedelta(days=days)
    snapshot = backup.Snapshot(folder=folder, parts=parts, now=now, progress=lambda _: None)
    return backup.keep(snapshot, shelf, copies=2)


def test_the_oldest_make_room_for_the_latest(tmp_path: Path) -> None:
    folder, shelf = tmp_path / "node", tmp_path / "shelf"
    folder.mkdir()
    shelf.mkdir()
    Store(folder / "node.db").close()
    (shelf / "a note of the technician.txt").write_text("keep me", encoding="utf-8")

    made = [kept(folder, shelf, days=days) for days in range(3)]

    assert sorted(shelf.glob("*.tar")) == made[1:]
    assert sorted(shelf.glob("*.keys")) == [backup.keys_of(each) for each in made[1:]]
    assert (shelf / "a note of the technician.txt").exists()
    assert "node.db" in backup.verify(made[-1], progress=lambda _: None).files


def test_a_restored_key_is_its_owner_s_alone(tmp_path: Path) -> None:
    folder = tmp_path / "node"
    folder.mkdir()
    (folder / "node.key").write_bytes(b"secret")
    (folder / "node.key").chmod(0o600)
    made = kept(folder, tmp_path, days=0)

    backup.restore(made, tmp_path / "back", progress=lambda _: None)

    assert (tmp_path / "back" / "node.key").stat().st_mode & 0o777 == 0o600


def test_who_finds_the_data_has_no_key(tmp_path: Path) -> None:
    folder, safe = tmp_path / "node", tmp_path / "safe"
    folder.mkdir()
    safe.mkdir()
    (folder / "node.key").write_bytes(b"a secret of this machine")
    (folder / "edge-node.toml").write_text('office_id = "SHV"', encoding="utf-8")
    made = kept(folder, tmp_path, days=0)
    keys = backup.keys_of(made).rename(safe / "keys")

    assert b"a secret" not in made.read_bytes()
    assert made.stat().st_mode & 0o077 == keys.stat().st_mode & 0o077 == 0

    backup.restore(made, tmp_path / "without", progress=lambda _: None)
    assert not (tmp_path / "without" / "node.key").exists()
    backup.restore(made, tmp_path / "back", keys=keys, progress=lambda _: None)
    assert (tmp_path / "back" / "node.key").read_bytes() == b"a secret of this machine"


@pytest.mark.parametrize("kind", [tarfile.REGTYPE, tarfile.SYMTYPE])
def test_what_would_land_outside_its_folder_is_no_backup(tmp_path: Path, kind: bytes) -> None:
    made = tmp_path / "made.tar"
    with tarfile.open(made, "w") as archive:
        member = tarfile.TarInfo("../outside" if kind == tarfile.REGTYPE else "inside")
        member.type, member.linkname = kind, "../outside"
        archive.addfile(member, io.BytesIO(b""))

    with pytest.raises(backup.BackupWrong, match="does not belong"):
        backup.restore(made, tmp_path / "back", progress=lambda _: None)

    assert not (tmp_path / "outside").exists()
