"""Tickets: through the command with many callers, through the whole HTTP stack of a node, and with years behind it."""

import asyncio
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path
from time import perf_counter

import msgspec
import pytest

from edge_node.kiosk import commands as kiosk
from edge_node.kiosk.model import PaperWords
from edge_node.queue.model import Wish
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.ids import OfficeId
from sync.vocabulary.ticket import Purpose
from tests.benchmarks.load import Callers
from tests.benchmarks.measure import Figures, PlainDatabase, Statement, cpu_seconds, in_groups, peak_mebibytes, timed
from tests.support.hall import Hall
from tests.support.processes import BIN, Served, free_port, run

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

ROUNDS = 3
CALLERS = 64
TICKETS = 960  # of the 1,000 that may wait: each round begins with an empty hall
OLD_TICKETS = 1_000_000
ONE_BY_ONE = 200
WISH = Wish(sphere=Sphere.PASSPORTS, purpose=Purpose.FILE)
WORDS = PaperWords(sphere="Паспортні послуги", purpose="Подати заяву", site="http://127.0.0.1")
OFFICE = OfficeId("SHV")
TICKET_TABLE = "create table tickets (id text primary key, number text, day text, sphere text, issued_at text)"
GO_HOME = "update tickets set state = 'left' where state = 'waiting'"
GROW_OLD = """
    insert into tickets (id, number, day, token, sphere, purpose, language, state, issued_at, rank_at)
    with recursive places (place) as (select 0 union all select place + 1 from places where place < :last)
    select printf('00OLD%021d', place), printf('А%03d', place % 1000), date('2023-01-01', (place / 1000) || ' days'),
           printf('old-%d', place), 'passports', 'file', 'uk', 'served', '2023-01-01T08:00:00.000Z',
           '2023-01-01T08:00:00.000Z'
    from places
"""
OLD_EVENTS = """
    insert into queue_events (at, day, kind, ticket_id, sphere)
    select issued_at, day, 'issued', id, sphere from tickets where state = 'served'
"""


def plain_tickets(size: int) -> list[list[Statement]]:
    """One row for each ticket."""
    sql = "insert into tickets values (?, ?, ?, ?, ?)"
    return [
        [(sql, (f"{place:026d}", "А001", "2026-11-23", "passports", "2026-11-23T08:00:00Z"))] for place in range(size)
    ]


def plain_rate(folder: Path, *, callers: int) -> float:
    """Rows a second, each commit shared by ``callers``."""
    database = PlainDatabase(folder / f"floor-{perf_counter()}.db", [TICKET_TABLE])
    seconds = database.write_each(in_groups(plain_tickets(TICKETS), callers))
    database.close()
    return TICKETS / sum(seconds)


def a_hall(folder: Path) -> Hall:
    folder.mkdir()
    hall = Hall(folder)
    hall.set_up(tuple(Sphere))
    return hall


async def take(hall: Hall) -> str:
    token, now = hall.ids.new(), hall.clock.now()
    command = partial(kiosk.take_ticket, wish=WISH, words=WORDS, token=token, office_id=OFFICE, now=now, ids=hall.ids)
    return (await hall.store.run(command)).number


async def take_all(hall: Hall) -> list[str]:
    left, numbers = iter(range(TICKETS)), []

    async def caller() -> None:
        for _ in left:
            numbers.append(await take(hall))  # noqa: PERF401 - several callers share the list

    async with asyncio.TaskGroup() as group:
        for _ in range(CALLERS):
            group.create_task(caller())
    return numbers


def test_commands_of_sixty_four_callers(tmp_path: Path, figures: Figures) -> None:
    hall = a_hall(tmp_path / "hall")
    rates, alone, grouped, numbers = [], [], [], []
    for _ in range(ROUNDS):
        begun = perf_counter()
        numbers += asyncio.run(take_all(hall))
        rates.append(TICKETS / (perf_counter() - begun))
        hall.store.run_now(lambda tx: tx.execute(GO_HOME))
        alone.append(plain_rate(tmp_path, callers=1))
        grouped.append(plain_rate(tmp_path, callers=CALLERS))
    hall.close()
    figures.note("tickets by command, 64 callers (floor: a row and a commit each)", rates, "/s", floors=alone)
    figures.note("tickets by command, 64 callers (floor: a row each, 64 a commit)", rates, "/s", floors=grouped)
    assert len(set(numbers)) == TICKETS * ROUNDS


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Served]:
    """A node without a hub, as an office is on a day the line is cut."""
    folder, port = tmp_path / "SHV", free_port()
    run("edge-node", "init", "--folder", str(folder), "--office", "SHV", "--port", str(port))
    served = Served([str(BIN / "edge-node"), "run", "--folder", str(folder)], port=port, log=tmp_path / "SHV.log")
    served.start()
    yield served
    served.stop()


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Served]:
    port = free_port()
    arguments = [sys.executable, "-m", "tests.benchmarks.bare", str(port), str(tmp_path)]
    served = Served(arguments, port=port, log=tmp_path / "bare.log")
    served.start()
    yield served
    served.stop()


def rate_over_http(served: Served, keys: Iterator[int]) -> tuple[float, list[bytes]]:
    """Answers a second, and the answers."""
    body = msgspec.json.encode(WISH)
    bodies = ((f"bench-{next(keys)}", body) for _ in range(TICKETS))
    begun = perf_counter()
    answers = asyncio.run(Callers(served.address, count=CALLERS).post_all("/api/tickets", bodies))
    seconds = perf_counter() - begun
    assert {status for status, _ in answers} == {201}, answers[0]
    return TICKETS / seconds, [answer for _, answer in answers]


def test_the_whole_stack_over_http(node: Served, bare: Served, tmp_path: Path, figures: Figures) -> None:
    keys, numbers = count(), []
    rates, cpu, handlers, rows = [], [], [], []
    for _ in range(ROUNDS):
        spent = cpu_seconds(node.pid)
        rate, answers = rate_over_http(node, keys)
        rates.append(rate)
        cpu.append((cpu_seconds(node.pid) - spent) / TICKETS * 1000)
        numbers += [msgspec.json.decode(answer)["number"] for answer in answers]
        with closing(sqlite3.connect(tmp_path / "SHV" / "node.db", timeout=10)) as connection:
            connection.execute(GO_HOME)
            connection.commit()
        handlers.append(rate_over_http(bare, keys)[0])
        rows.append(plain_rate(tmp_path, callers=1))
    figures.note("tickets over HTTP, 64 callers (floor: bare handler)", rates, "/s", floors=handlers)
    figures.note("tickets over HTTP, 64 callers (floor: a row and a commit each)", rates, "/s", floors=rows)
    figures.note("  CPU of the node for each ticket", cpu, "ms")
    figures.note("  peak memory of the node", [peak_mebibytes(node.pid)], "MiB", floors=[peak_mebibytes(bare.pid)])
    assert len(set(numbers)) == TICKETS * ROUNDS


def test_a_million_old_tickets(tmp_path: Path, figures: Figures) -> None:
    young, old = a_hall(tmp_path / "young"), a_hall(tmp_path / "old")
    old.store.run_now(lambda tx: tx.execute(GROW_OLD, last=OLD_TICKETS - 1))
    old.store.run_now(lambda tx: tx.execute(OLD_EVENTS))
    now, before = [], []
    for _ in range(ROUNDS):
        for hall, seconds in ((old, now), (young, before)):
            seconds.append(timed(lambda hall=hall: [hall.take() for _ in range(ONE_BY_ONE)]) / ONE_BY_ONE * 1000)
    young.close()
    old.close()
    figures.note("issue a ticket with 1 M old ones (floor: an empty table)", now, "ms", floors=before)
