"""The largest hall: 320 desk pages and 40 boards listen while tickets are issued and called; a real node."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from urllib.parse import urlsplit

import httpx
import pytest

from edge_node.app import open_store
from edge_node.queue import commands
from edge_node.queue.model import DeskPlan
from edge_node.settings import load
from edge_node.staff import commands as staff
from sync.ambient import SystemIds
from sync.storage import Transaction
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.ids import StaffId
from sync.vocabulary.staff import Role
from sync.web.passwords import hash_password
from tests.benchmarks.measure import Figures, cpu_seconds, peak_mebibytes, utc_now
from tests.support.builders import a_member
from tests.support.front_desk import a_record
from tests.support.houses import PASSWORD
from tests.support.processes import BIN, Served, free_port, run

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]
DESKS, BOARDS = 320, 40
VISITORS = 100
SECONDS_BETWEEN = 1.0  # 350 tickets an hour, ten times over
WISH = {"sphere": "passports", "purpose": "file"}


class Stream:
    """One page that listens; ``shown_at`` tells when each number came to it."""

    def __init__(self) -> None:
        self.shown_at: dict[str, float] = {}
        self.is_open = asyncio.Event()
        self._news = asyncio.Condition()

    async def shows(self, number: str) -> None:
        """Wait until the number came to this page."""
        async with self._news:
            await self._news.wait_for(lambda: number in self.shown_at)

    async def listen(self, address: str, path: str, *, cookie: str, wanted: set[str]) -> None:
        place = urlsplit(address)
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {place.netloc}\r\nCookie: {cookie}\r\n\r\n".encode())
        try:
            async for chunk in _chunks(reader):
                self.is_open.set()
                for number in wanted - self.shown_at.keys():
                    if f">{number}<".encode() in chunk:
                        self.shown_at[number] = perf_counter()
                        async with self._news:
                            self._news.notify_all()
        finally:
            writer.close()


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while chunk := await reader.read(65_536):
        yield chunk


def _furnish(tx: Transaction) -> None:
    now = utc_now()
    staff.project_member(tx, a_record(a_member("oksana", Role.ADMINISTRATOR, password_hash=hash_password(PASSWORD))))
    plans = [DeskPlan(number=number, spheres=tuple(Sphere)) for number in range(1, DESKS + 1)]
    for desk in commands.set_up_desks(tx, plans, ids=SystemIds())[1:]:
        commands.occupy_desk(tx, desk_id=desk.id, by=StaffId(f"clerk-{desk.number}"), now=now)


def test_three_hundred_and_twenty_desks_and_forty_boards(tmp_path: Path, figures: Figures) -> None:
    """All desk pages are one person's: as many streams and renderings, without 320 passwords."""
    folder, port = tmp_path / "SHV", free_port()
    run("edge-node", "init", "--folder", str(folder), "--office", "SHV", "--port", str(port))
    store = open_store(load(folder))
    store.run_now(_furnish)
    store.close()
    node = Served([str(BIN / "edge-node"), "run", "--folder", str(folder)], port=port, log=tmp_path / "SHV.log")
    node.start()
    try:
        asyncio.run(_day(node, figures))
    finally:
        node.stop()


async def _day(node: Served, figures: Figures) -> None:
    async with httpx.AsyncClient(base_url=node.address, trust_env=False, timeout=30) as clerk:
        assert (await clerk.post("/api/session", json={"login": "oksana", "password": PASSWORD})).is_success
        desk = (await clerk.get("/api/desks")).json()[0]
        assert (await clerk.put(f"/api/desks/{desk['id']}/occupant")).is_success
        cookie = "; ".join(f"{name}={value}" for name, value in clerk.cookies.items())
        wanted: set[str] = set()
        boards, pages = [Stream() for _ in range(BOARDS)], [Stream() for _ in range(DESKS)]
        listening = [
            asyncio.create_task(s.listen(node.address, "/live/board", cookie="", wanted=wanted)) for s in boards
        ]
        listening += [
            asyncio.create_task(s.listen(node.address, "/live/desk", cookie=cookie, wanted=set())) for s in pages
        ]
        async with asyncio.timeout(120):
            await asyncio.gather(*(stream.is_open.wait() for stream in (*boards, *pages)))
        spent = cpu_seconds(node.pid)
        issued, called = await _visitors(clerk, desk["id"], boards=boards, wanted=wanted)
        spent = cpu_seconds(node.pid) - spent
        for task in listening:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
    figures.note(f"issue a ticket, durable, {DESKS} desk pages and {BOARDS} boards: p50", [_share(issued, 50)], "ms")
    figures.note("  p99", [_share(issued, 99)], "ms")
    figures.note("call next → on every board: p50", [_share(called, 50)], "ms")
    figures.note("  p99", [_share(called, 99)], "ms")
    figures.note("  CPU of the node for a visitor (issued, called, ended)", [spent / VISITORS * 1000], "ms")
    figures.note("  peak memory of the node", [peak_mebibytes(node.pid)], "MiB")


async def _visitors(
    clerk: httpx.AsyncClient, desk_id: str, *, boards: list[Stream], wanted: set[str]
) -> tuple[list[float], list[float]]:
    """Milliseconds until each ticket was durable, and from each press on *call next* until the last board had it."""
    issued, called = [], []
    for each in range(VISITORS):
        begun = perf_counter()
        answer = await clerk.post("/api/tickets", json=WISH, headers={"Idempotency-Key": f"bench-{each}"})
        issued.append((perf_counter() - begun) * 1000)
        wanted.add(answer.json()["number"])
        await asyncio.sleep(SECONDS_BETWEEN / 2)  # the pace of a hall
        begun = perf_counter()
        ticket = (await clerk.post(f"/api/desks/{desk_id}/calls", json={})).json()
        async with asyncio.timeout(30):
            await asyncio.gather(*(board.shows(ticket["number"]) for board in boards))
        called.append((max(board.shown_at[ticket["number"]] for board in boards) - begun) * 1000)
        assert (await clerk.post(f"/api/tickets/{ticket['id']}/no-show")).is_success
        await asyncio.sleep(SECONDS_BETWEEN / 2)  # the pace of a hall
    return issued, called


def _share(values: list[float], percent: int) -> float:
    return quantiles(values, n=100, method="inclusive")[percent - 1]
