"""Which scan goes first, and which may make room."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from edge_node.app import MIGRATIONS
from sync.replication import blob_rows, blobs, inbox
from sync.replication.blob_rows import BlobUse, PendingBlob
from sync.replication.blobs import PARTIALS_MAX, BlobFolder, DiskFull
from sync.replication.engine import CursorReset, Refetch
from sync.storage import Store
from tests.support.clock import OPENING, HandClock, SeededIds


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "node.db", MIGRATIONS)
    yield opened
    opened.close()


@pytest.fixture
def folder(tmp_path: Path) -> BlobFolder:
    return BlobFolder(tmp_path / "blobs")


class Shelf:
    """Blobs of a size, under one letter."""

    def __init__(self, store: Store, folder: BlobFolder) -> None:
        self.store, self.folder = store, folder
        self.hashes: dict[str, str] = {}

    def queue(self, letter: str, size: int, lane: blob_rows.Lane = "case") -> str:
        sha256 = self.folder.put(letter.encode() * size)
        self.hashes[letter] = sha256
        blob = PendingBlob(sha256=sha256, size=size, media_type="application/pdf")
        self.store.run_now(partial(blob_rows.queue_upload, blob=blob, lane=lane, now=OPENING))
        return sha256

    def upload(self, letter: str, *, used_after: int = 0) -> None:
        sha256, at = self.hashes[letter], OPENING + timedelta(minutes=used_after)
        self.store.run_now(partial(blob_rows.mark_uploaded, sha256=sha256, now=OPENING))
        self.store.run_now(partial(blob_rows.mark_used, sha256=sha256, now=at))

    def make_room(self, wanted: int, quota: int) -> bool:
        return self.store.run_now(
            partial(blob_rows.make_room, folder=self.folder, wanted_bytes=wanted, quota_bytes=quota, now=OPENING)
        )

    def here(self) -> str:
        return "".join(letter for letter, sha256 in self.hashes.items() if self.folder.has(sha256))


@pytest.fixture
def shelf(store: Store, folder: BlobFolder) -> Shelf:
    return Shelf(store, folder)


def test_living_cases_come_before_the_archive_and_the_smallest_first(shelf: Shelf):
    for letter, size, lane in (("a", 10, "archive"), ("b", 300, "case"), ("c", 200, "case")):
        shelf.queue(letter, size, lane)
    sent = ""
    while blob := shelf.store.read_now(partial(blob_rows.next_upload, set_aside=())):
        letter = next(letter for letter, sha256 in shelf.hashes.items() if sha256 == blob.sha256)
        sent += letter
        shelf.upload(letter)
    assert sent == "cba"


def test_what_is_archived_goes_behind(shelf: Shelf):
    shelf.queue("a", 10)
    last = shelf.queue("b", 20)
    shelf.store.run_now(partial(blob_rows.move_to_lane, hashes=[shelf.hashes["a"]], lane="archive"))
    assert shelf.store.read_now(partial(blob_rows.next_upload, set_aside=())).sha256 == last


def test_what_is_set_aside_does_not_hold_up_the_next(shelf: Shelf):
    first, second = shelf.queue("a", 10), shelf.queue("b", 20)
    assert shelf.store.read_now(partial(blob_rows.next_upload, set_aside={first})).sha256 == second


def test_the_least_used_that_the_hub_holds_makes_room(shelf: Shelf):
    for place, letter in enumerate("abc"):
        shelf.queue(letter, 100)
        shelf.upload(letter, used_after=10 - place)
    shelf.queue("d", 100)
    assert shelf.make_room(100, quota=400)
    assert shelf.here() == "abd"
    assert shelf.store.read_now(blob_rows.use) == BlobUse(held_bytes=300, pending_bytes=100)


def test_what_the_hub_does_not_hold_is_never_let_go(shelf: Shelf):
    for letter in "abc":
        shelf.queue(letter, 100)
    shelf.upload("a")
    assert not shelf.make_room(101, quota=300)
    assert shelf.here() == "abc"
    alarms = shelf.store.read_now(lambda reader: reader.column("select kind from replica_alarms"))
    assert alarms == ["blob-quota"]
    assert not shelf.make_room(101, quota=300)
    assert shelf.store.read_now(lambda reader: reader.scalar("select count(*) from replica_alarms")) == 1


def test_a_node_that_hears_another_hub_offers_its_scans_again(shelf: Shelf):
    shelf.queue("a", 100)
    shelf.upload("a")
    clock = HandClock()
    first = [CursorReset(hub_incarnation="hub-1")]
    shelf.store.run_now(partial(inbox.carry_out, effects=first, ids=SeededIds(clock), now=OPENING))
    shelf.upload("a")
    shelf.store.run_now(partial(inbox.carry_out, effects=first, ids=SeededIds(clock), now=OPENING))
    assert shelf.store.read_now(blob_rows.count_pending) == 0
    restored = [Refetch(hub_incarnation="hub-2")]
    shelf.store.run_now(partial(inbox.carry_out, effects=restored, ids=SeededIds(clock), now=OPENING))
    assert shelf.store.read_now(blob_rows.count_pending) == 1


def test_after_the_hub_was_restored_nothing_counts_as_held_there(shelf: Shelf):
    shelf.queue("a", 100)
    shelf.upload("a")
    shelf.store.run_now(blob_rows.doubt_uploads)
    assert not shelf.make_room(100, quota=150)
    assert shelf.here() == "a"


@contextmanager
def file_size_at_most(limit: int) -> Iterator[None]:
    """The kernel ends a write half-way, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_on_a_full_disk_a_chunk_is_kept_whole_or_not_and_goes_on_when_there_is_room(folder: BlobFolder):
    content = bytes(range(250)) * 40
    sha256 = BlobFolder(folder.path("0" * 64).parents[2] / "other").put(content)
    assert folder.append(sha256, content[:4000], owner="shv", offset=0, size=10_000) == 4000
    with file_size_at_most(5000), pytest.raises(DiskFull):
        folder.append(sha256, content[4000:8000], owner="shv", offset=4000, size=10_000)
    assert folder.held(sha256, owner="shv") == 4000
    folder.append(sha256, content[4000:], owner="shv", offset=4000, size=10_000)
    assert folder.get(sha256) == content


def test_on_a_full_disk_nothing_of_a_new_scan_stays(folder: BlobFolder, tmp_path: Path):
    with file_size_at_most(5000), pytest.raises(DiskFull):
        folder.put(b"x" * 6000)
    assert [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()] == []


def test_of_too_many_unfinished_files_the_one_left_alone_for_longest_is_begun_anew(folder: BlobFolder, tmp_path: Path):
    names = [f"{count:064x}" for count in range(PARTIALS_MAX + 1)]
    folder.append(names[-1], b"x", owner="kyv", offset=0, size=2)
    for sha256 in names[:-1]:
        folder.append(sha256, b"x", owner="shv", offset=0, size=3)
    folder.append(names[0], b"y", owner="shv", offset=1, size=3)
    folder = BlobFolder(tmp_path / "blobs")  # the receiver was started again meanwhile
    folder.append(names[-1], b"x", owner="shv", offset=0, size=2)

    held = {owner: [folder.held(sha256, owner=owner) for sha256 in names] for owner in ("shv", "kyv")}
    assert held["shv"] == [2, 0] + [1] * (PARTIALS_MAX - 1)
    assert held["kyv"] == [0] * PARTIALS_MAX + [1]


def test_of_too_many_unfinished_bytes_the_file_left_alone_for_longest_is_begun_anew(
    folder: BlobFolder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(blobs, "PARTIAL_BYTES_MAX", 10)
    early, late = "ab" * 32, "cd" * 32
    folder.append(early, b"x" * 6, owner="shv", offset=0, size=8)
    folder.append(late, b"x" * 4, owner="shv", offset=0, size=8)
    assert folder.held(early, owner="shv") == 6
    folder.append(late, b"x", owner="shv", offset=4, size=8)
    assert (folder.held(early, owner="shv"), folder.held(late, owner="shv")) == (0, 5)


def test_partials_nobody_came_back_for_are_swept(folder: BlobFolder):
    sha256 = "ab" * 32
    folder.append(sha256, b"x", owner="shv", offset=0, size=2)
    assert folder.sweep(before=OPENING - timedelta(days=3650)) == 0
    assert folder.sweep(before=OPENING + timedelta(days=3650)) == 1
    assert folder.held(sha256, owner="shv") == 0
