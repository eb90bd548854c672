"""A shelf of backups holds the latest ones, each read back whole."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sync.storage import Store, backup

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def kept(folder: Path, shelf: Path, *, days: int) -> Path:
    return backup.keep(
        folder,
        shelf,
        copies=2,
        leave_out=frozenset({"sessions.db"}),
        now=NOON + timedelta(days=days),
        progress=lambda _: None,
    )


def test_the_oldest_make_room_for_the_latest(tmp_path: Path) -> None:
    folder, shelf = tmp_path / "node", tmp_path / "shelf"
    folder.mkdir()
    shelf.mkdir()
    Store(folder / "node.db").close()
    (shelf / "a note of the technician.txt").write_text("keep me", encoding="utf-8")

    made = [kept(folder, shelf, days=days) for days in range(3)]

    assert sorted(shelf.glob("*.tar")) == made[1:]
    assert (shelf / "a note of the technician.txt").exists()
    assert "node.db" in backup.verify(made[-1], progress=lambda _: None).files
