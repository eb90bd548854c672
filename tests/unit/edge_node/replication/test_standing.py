"""Where a node stands towards the hub: the line of the header, the status, and the same for machines."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from litestar import Litestar, Router
from litestar.di import Provide

from edge_node.app import MIGRATIONS, make_services
from edge_node.devices.commands import note_health
from edge_node.devices.model import READY, DeviceHealth
from edge_node.replication import queries
from edge_node.replication.controllers import controllers
from edge_node.replication.queries import DiskUse
from edge_node.settings import NodeSettings
from sync.replication import outbox
from sync.replication.client import LinkHealth
from sync.replication.identity import NodeKey
from sync.replication.outbox import Change
from sync.storage import Store, link, quarantine, replica
from sync.vocabulary.ids import OfficeId
from sync.web.pages import PageSettings, folders_of
from sync.web.parts import WebParts, WebSettings
from tests.support.clock import OPENING, HandClock, SeededIds

pytestmark = pytest.mark.anyio

DISK = DiskUse(free_bytes=7, database_bytes=3)


@pytest.fixture
def store(tmp_path: Path):
    store = Store(tmp_path / "node.db", MIGRATIONS)
    store.run_now(partial(replica.begin_stream, node_id="node-1", incarnation="one"))
    yield store
    store.close()


def write(store: Store) -> str:
    clock = HandClock()
    operation_id = SeededIds(clock).new()
    change = Change(document_id="case-1", fields={"a": 1})
    store.run_now(partial(outbox.record, change=change, operation_id=operation_id, now=clock.now()))
    return operation_id


def line_of(store: Store, health: LinkHealth) -> tuple[str, int, int, int]:
    later = OPENING + timedelta(minutes=5)
    truth = store.read_now(partial(queries.truth, health=health, now=later))
    assert truth is not None
    return truth.line, truth.waiting, truth.oldest_minutes, truth.quarantined


def test_the_header_says_one_true_thing(store: Store) -> None:
    online = LinkHealth(is_online=True, synced_at=OPENING)
    assert line_of(store, online) == ("synchronized", 0, 0, 0)
    operation_id = write(store)
    assert line_of(store, online) == ("waiting", 1, 5, 0)
    assert line_of(store, LinkHealth(synced_at=OPENING)) == ("cut", 1, 5, 0)
    assert line_of(store, LinkHealth(is_online=True, frozen="forked")) == ("frozen", 1, 5, 0)
    settle = partial(replica.settle_operation, operation_id=operation_id, now=OPENING)
    store.run_now(partial(settle, state=replica.OperationState.QUARANTINED, code="number-taken"))
    assert line_of(store, online) == ("synchronized", 0, 0, 1)


def test_the_status_tells_everything_a_watch_needs(store: Store) -> None:
    write(store)
    store.run_now(partial(replica.mark_synced, at=OPENING))
    store.run_now(partial(link.note_hub_time, offset_seconds=2.5, durable_at=None))
    store.run_now(partial(link.freeze, why="revoked"))
    store.run_now(partial(quarantine.raise_alarm, kind="digest", subject="case-1", now=OPENING))
    health = store.read_now(queries.recorded_health)
    now = OPENING + timedelta(seconds=40)
    status = store.read_now(partial(queries.sync_status, health=health, disk=DISK, now=now))
    assert (status.is_online, status.lag_seconds, status.backlog_count, status.clock_offset_seconds) == (
        True,
        40,
        1,
        2.5,
    )
    assert (status.frozen, status.alarms, status.refused, status.conflicts) == ("revoked", 1, 0, 0)


@asynccontextmanager
async def collector(store: Store, folder: Path, *, host: str) -> AsyncIterator[httpx.AsyncClient]:
    """A program that asks from ``host``."""
    NodeKey.generate().save(folder / "node.key")
    clock = HandClock()
    settings = NodeSettings(office_id=OfficeId("SHV"), folder=folder)
    services = make_services(settings, store, clock=clock, ids=SeededIds(clock))
    given: dict[str, object] = {"store": store, "hub": services.hub, "settings": settings, "clock": clock}
    pages = PageSettings(site_name="ЦНАП", packages=folders_of(["edge_node"]))
    app = Litestar(
        route_handlers=[Router("/", route_handlers=[*controllers])],
        dependencies={name: Provide(_giver(value), sync_to_thread=False) for name, value in given.items()},
        plugins=[WebParts(WebSettings(pages=pages, version="0", sessions_path=":memory:", clock=clock))],
    )
    transport = httpx.ASGITransport(app=cast("Any", app), client=(host, 50_000))
    async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://shv.test") as client:
        yield client


def _giver(value: object) -> Callable[[], object]:
    return lambda: value


def known_device(name: str, *, state: str) -> DeviceHealth:
    return DeviceHealth(name=name, family="ticket_printer", driver="escpos", state=state, reasons=(), since=OPENING)


async def test_a_collector_on_the_machine_reads_the_metrics(store: Store, tmp_path: Path) -> None:
    write(store)
    known = [
        known_device("printer", state="lost"),
        known_device("reader", state=READY),
        known_device("pinpad", state="unknown"),
    ]
    store.run_now(partial(note_health, devices=known, now=OPENING))
    async with collector(store, tmp_path, host="127.0.0.1") as client:
        told = await client.get("/metrics")
    assert told.status_code == 200
    assert told.headers["content-type"].startswith("text/plain")
    assert "vikno_sync_backlog_operations 1.0" in told.text
    assert "vikno_sync_lag_seconds" not in told.text.replace("# HELP", "")
    assert 'vikno_node_info{incarnation="one",node="node-1"} 1.0' in told.text
    ready = [line for line in told.text.splitlines() if line.startswith("vikno_device_ready{")]
    assert [(line.split('"')[1], line.rpartition(" ")[2]) for line in ready] == [("printer", "0.0"), ("reader", "1.0")]


@pytest.mark.parametrize(
    ("host", "headers"), [("192.0.2.7", {}), ("127.0.0.1", {"x-forwarded-for": "192.0.2.7"})], ids=["hall", "proxy"]
)
async def test_nobody_else_does_without_signing_in(
    store: Store, tmp_path: Path, host: str, headers: dict[str, str]
) -> None:
    async with collector(store, tmp_path, host=host) as client:
        assert (await client.get("/metrics", headers={"accept": "text/plain", **headers})).status_code == 401
        assert (await client.get("/api/sync-status")).status_code == 401
