"""The node's store: durable before it answers, a refusal undoes only itself."""

import asyncio
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

import msgspec
import pytest

from sync.storage import Reader, Store, Transaction
from sync.vocabulary.errors import Refusal


class Colour(Enum):
    BLUE = "blue"


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    made_at: datetime
    is_ready: bool
    colour: Colour
    tags: tuple[str, ...]
    note: dict[str, int] | None


class Made(msgspec.Struct, frozen=True):
    name: str


class TooMany(Refusal):
    """There are enough things."""


MOMENT = datetime(2026, 11, 21, 8, 0, 0, 123000, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path):
    store = Store(tmp_path / "node.db")
    store.run_now(
        lambda tx: tx.execute("create table things (name text primary key, made_at, is_ready, colour, tags, note)")
    )
    yield store
    store.close()


def make(tx: Transaction, *, name: str) -> str:
    tx.execute(
        "insert into things values (:name, :made_at, :is_ready, :colour, :tags, :note)",
        name=name,
        made_at=MOMENT,
        is_ready=True,
        colour=Colour.BLUE,
        tags=("a", "b"),
        note={"n": 1},
    )
    tx.emit(Made(name))
    if name == "refused":
        raise TooMany
    return name


def names(reader: Reader) -> list[str]:
    return [thing.name for thing in reader.rows("select * from things order by name", Thing)]


def test_a_struct_comes_back_as_it_was_stored(store: Store):
    store.run_now(lambda tx: make(tx, name="x"))
    thing = store.read_now(lambda reader: reader.row("select * from things", Thing))
    assert thing == Thing(name="x", made_at=MOMENT, is_ready=True, colour=Colour.BLUE, tags=("a", "b"), note={"n": 1})


async def run_together(store: Store, wanted: list[str]) -> list[object]:
    return await asyncio.gather(
        *(store.run(lambda tx, name=name: make(tx, name=name)) for name in wanted), return_exceptions=True
    )


def test_a_refusal_undoes_only_its_own_command(store: Store):
    heard: list[str] = []
    store.subscribe(Made, lambda event: heard.append(event.name))
    answers = asyncio.run(run_together(store, ["one", "refused", "two", "one"]))
    assert answers[0] == "one"
    assert isinstance(answers[1], TooMany)
    assert answers[2] == "two"
    assert isinstance(answers[3], Exception)
    assert store.read_now(names) == ["one", "two"]
    assert heard == ["one", "two"]


def test_what_was_answered_is_there_after_reopening(tmp_path: Path):
    first = Store(tmp_path / "node.db")
    first.run_now(lambda tx: tx.execute("create table t (n integer)"))
    first.run_now(lambda tx: tx.execute("insert into t values (:n)", n=7))
    first.close()
    second = Store(tmp_path / "node.db")
    assert second.read_now(lambda reader: reader.scalar("select n from t")) == 7
    second.close()


def test_the_settings_that_make_an_answer_durable_are_on(store: Store):
    assert store.run_now(lambda tx: tx.scalar("pragma synchronous")) == 2
    assert store.run_now(lambda tx: tx.scalar("pragma journal_mode")) == "wal"
