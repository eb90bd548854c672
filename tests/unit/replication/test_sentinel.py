"""A database that is not the one this node left begins another incarnation before anything is sent."""

import shutil
from functools import partial
from pathlib import Path

import pytest

from sync.replication import outbox
from sync.replication.outbox import Change
from sync.replication.sentinel import FILE_NAME, Watch, live_on
from sync.storage import Store, replica
from tests.support.clock import HandClock, SeededIds


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A node's folder after some work; its file says how far."""
    store = Store(tmp_path / "node.db", [replica.migrations])
    store.run_now(partial(replica.begin_stream, node_id="node-1", incarnation="one"))
    write(store, 1)
    Watch(tmp_path, machine_id="this").note(store.read_now(replica.stream))
    store.close()
    return tmp_path


def write(store: Store, value: int) -> None:
    clock = HandClock()
    change = Change(document_id="case-1", fields={"a": value})
    operation_id = SeededIds(clock, value).new()
    store.run_now(partial(outbox.record, change=change, operation_id=operation_id, now=clock.now()))


def incarnation_after_start(folder: Path, *, machine_id: str = "this") -> str:
    store = Store(folder / "node.db", [replica.migrations])
    try:
        live_on(store, Watch(folder, machine_id=machine_id), incarnation="two")
        return store.read_now(replica.stream).incarnation
    finally:
        store.close()


def test_a_node_that_starts_again_is_the_same(folder: Path):
    assert incarnation_after_start(folder) == "one"


def test_what_was_written_after_the_last_note_is_no_restore(folder: Path):
    store = Store(folder / "node.db", [replica.migrations])
    write(store, 2)
    store.close()
    assert incarnation_after_start(folder) == "one"


def test_a_database_brought_back_from_before_the_last_note_is_another_life(folder: Path):
    shutil.copy(folder / "node.db", folder / "copy")
    store = Store(folder / "node.db", [replica.migrations])
    write(store, 2)
    Watch(folder, machine_id="this").note(store.read_now(replica.stream))
    store.close()
    shutil.copy(folder / "copy", folder / "node.db")
    assert incarnation_after_start(folder) == "two"
    assert incarnation_after_start(folder) == "two"


def test_a_disk_copied_to_another_machine_is_another_life(folder: Path):
    assert incarnation_after_start(folder, machine_id="that") == "two"


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff", b'{"incarnation": "one"}'])
def test_without_a_readable_file_it_is_another_life(folder: Path, content: bytes | None):
    (folder / FILE_NAME).unlink()
    if content is not None:
        (folder / FILE_NAME).write_bytes(content)
    assert incarnation_after_start(folder) == "two"


def test_nothing_is_written_where_nothing_changed(folder: Path):
    store = Store(folder / "node.db", [replica.migrations])
    stream = store.read_now(replica.stream)
    store.close()
    watch = Watch(folder, machine_id="this")
    watch.note(stream)
    (folder / FILE_NAME).unlink()
    watch.note(stream)
    assert not (folder / FILE_NAME).exists()


def test_the_file_does_not_tell_the_machines_id(folder: Path):
    assert b"this" not in (folder / FILE_NAME).read_bytes()
