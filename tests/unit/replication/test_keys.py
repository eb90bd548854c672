"""Whatever is lost while a key is replaced, the node has the one that the hub knows."""

from pathlib import Path

import pytest

from sync.replication.identity import NodeKey
from sync.replication.keys import KeyFiles, KeyRing


@pytest.fixture
def files(tmp_path: Path) -> KeyFiles:
    NodeKey.generate().save(tmp_path / "node.key")
    return KeyFiles(tmp_path / "node.key")


def test_the_next_key_is_the_same_until_it_took_its_place(files: KeyFiles):
    before = files.current().public_key
    prepared = files.prepare_next().public_key
    assert prepared == files.prepare_next().public_key != before
    assert files.current().public_key == before
    files.promote()
    files.promote()
    assert files.current().public_key == prepared
    assert files.next() is None


def test_let_in_once_more_it_comes_with_a_key_that_no_copy_of_its_disk_has(files: KeyFiles):
    left_by_a_change_that_the_hub_never_heard_of = files.prepare_next().public_key
    fresh = files.prepare_fresh(attempt="one token").public_key
    assert fresh not in {left_by_a_change_that_the_hub_never_heard_of, files.current().public_key}
    assert files.prepare_fresh(attempt="one token").public_key == fresh
    assert files.prepare_fresh(attempt="another").public_key != fresh
    files.promote()
    assert files.prepare_fresh(attempt="another").public_key != files.current().public_key


def test_a_next_key_cut_short_while_it_was_written_is_made_anew(files: KeyFiles, tmp_path: Path):
    (tmp_path / "node.key.next").write_bytes(b"half")
    assert len(files.prepare_next().public_key) == 32


def test_an_outcome_that_was_never_heard_is_settled_by_asking(files: KeyFiles):
    """The hub took the new key and its answer was lost: the old one is refused, the new one is accepted and stays."""
    ring = KeyRing(files)
    old, new = files.current().public_key, files.prepare_next().public_key
    ring.take_up()
    assert ring.key.public_key == old
    ring.refused()
    ring.take_up()
    assert ring.key.public_key == new
    ring.accepted()
    ring.take_up()
    assert ring.key.public_key == files.current().public_key == new


def test_where_the_hub_never_heard_of_it_the_old_key_goes_on(files: KeyFiles):
    ring = KeyRing(files)
    old = files.current().public_key
    files.prepare_next()
    ring.refused()
    ring.take_up()
    ring.refused()
    ring.take_up()
    ring.accepted()
    assert ring.key.public_key == files.current().public_key == old


def test_refused_without_a_next_key_it_asks_again_with_the_one_there_is(files: KeyFiles):
    ring = KeyRing(files)
    ring.refused()
    ring.take_up()
    assert ring.key.public_key == files.current().public_key


def test_a_key_replaced_by_another_process_is_taken_up(files: KeyFiles):
    ring = KeyRing(files)
    new = files.prepare_next().public_key
    files.promote()
    ring.take_up()
    assert ring.key.public_key == new
