"""The node's store: durable before it answers, a refusal undoes only itself."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

import msgspec
import pytest
import sqlite_utils
from sqlite_utils.migrations import Migrations

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
    store.run_now(lambda tx: tx.execute("select 1"))  # events are told behind the answers, before the next command
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


def test_a_database_in_use_is_copied_before_its_tables_change(tmp_path: Path) -> None:
    first = Migrations("city")

    @first()
    def streets(database: sqlite_utils.Database) -> None:
        database.executescript("create table streets (name text); insert into streets values ('Сумська')")

    Store(tmp_path / "node.db", [first]).close()
    Store(tmp_path / "node.db", [first]).close()
    assert [path.name for path in tmp_path.glob("*before*")] == []

    @first()
    def numbers(database: sqlite_utils.Database) -> None:
        database.executescript("alter table streets add column number integer; delete from streets")

    Store(tmp_path / "node.db", [first]).close()
    (copy,) = tmp_path.glob("*before*")
    assert copy.stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("select * from streets").fetchall() == [("Сумська",)]


def test_a_migration_that_fails_leaves_the_tables_and_the_copy_as_they_were(tmp_path: Path) -> None:
    good, bad = Migrations("city"), Migrations("city")

    @good()
    def streets(database: sqlite_utils.Database) -> None:
        database.executescript("create table streets (name text)")

    bad._migrations.append(good._migrations[0])

    @bad()
    def broken(database: sqlite_utils.Database) -> None:
        database.execute("insert into streets values ('Пушкінська')")
        database.execute("select * from nowhere")

    Store(tmp_path / "node.db", [good]).close()
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        Store(tmp_path / "node.db", [bad])
    store = Store(tmp_path / "node.db", [good])
    assert store.read_now(lambda reader: reader.scalar("select count(*) from streets")) == 0
    store.close()
