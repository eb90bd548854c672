"""What a collector on the hub's machine reads: whether it merges, whom it hears, what a person will have to do."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from litestar.testing import TestClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from central_hub.app import Surroundings, authority_of, create_app
from central_hub.merging import InlineMerger
from central_hub.node_gateway.queries import save_blob
from central_hub.notifications import commands as notifications
from central_hub.notifications.model import Message, Trouble
from central_hub.settings import HubSettings, NodeListenSettings
from central_hub.storage import HubStore, replica
from sync.ambient import Clock
from tests.support.clock import HandClock, SeededIds
from tests.support.hub_node import HubNode

pytestmark = pytest.mark.anyio

HERE = "127.0.0.1"


class RestingMerger:
    """Merges nothing, as when its process hangs."""

    def __init__(self, _store: HubStore, _clock: Clock) -> None:
        """As every merger is made."""

    async def appended(self) -> None:
        """Nobody works."""

    async def run(self) -> None:
        await asyncio.Event().wait()


@pytest.fixture(params=[InlineMerger])
def client(
    request: pytest.FixtureRequest, store: HubStore, clock: HandClock, ids: SeededIds, tmp_path: Path
) -> Iterator[TestClient]:
    settings = HubSettings(folder=tmp_path, nodes=NodeListenSettings())
    authority = authority_of(settings, clock)
    around = Surroundings(
        settings=settings, store=store, clock=clock, ids=ids, merger=request.param, authority=authority
    )
    with TestClient(create_app(around)) as opened:
        yield opened


async def asked(client: TestClient, *, host: str, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=cast("Any", client.app), client=(host, 50_000))
    async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as collector:
        return await collector.get("/metrics", headers={"accept": "text/plain", **headers})


async def figures(client: TestClient) -> dict[str, float]:
    """By name; a label's value stands behind it."""
    answer = await asked(client, host=HERE)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    samples = [sample for family in text_string_to_metric_families(answer.text) for sample in family.samples]
    return {" ".join((sample.name, *sample.labels.values())): sample.value for sample in samples}


async def test_it_reads_what_came_and_what_became_of_it(client: TestClient, shv: HubNode) -> None:
    shv.case()
    shv.append("no-case", update=b"no update")
    shv.push()
    told = await figures(client)
    counts = ("accepted", "settled", "unmerged", "quarantined", "waiting")
    assert [told[f"vikno_hub_operations_{name}"] for name in counts] == [2, 2, 0, 1, 0]
    assert told["vikno_hub_unmerged_oldest_seconds"] == 0


@pytest.mark.parametrize("client", [RestingMerger], indirect=True)
async def test_it_sees_that_nothing_is_merged(client: TestClient, shv: HubNode, clock: HandClock) -> None:
    for _ in range(3):
        shv.case()
        shv.push(len(shv.chain))
        clock.move(minutes=5)
    told = await figures(client)
    assert [told[f"vikno_hub_operations_{name}"] for name in ("accepted", "settled", "unmerged")] == [3, 0, 3]
    assert told["vikno_hub_unmerged_oldest_seconds"] == 15 * 60


async def test_it_reads_how_long_each_office_has_been_silent(
    client: TestClient, new_node: Callable[[str], HubNode], clock: HandClock
) -> None:
    new_node("SHV").join()
    clock.move(minutes=20)
    new_node("KYV").join()
    clock.move(minutes=1)
    told = await figures(client)
    silences = {name.split()[1]: value for name, value in told.items() if name.startswith("vikno_hub_office_heard")}
    assert silences == {"SHV": 21 * 60, "KYV": 60}


async def test_it_reads_what_a_person_will_have_to_do(client: TestClient, store: HubStore, clock: HandClock) -> None:
    told = await figures(client)
    assert "vikno_hub_backup_age_seconds" not in told
    assert told["vikno_hub_backed_up"] == 0
    assert 89 < told["vikno_hub_certificate_days"] < told["vikno_hub_authority_days"]

    store.run_now(partial(replica.mark_backed_up, at=clock.now() - timedelta(hours=3)))
    told = await figures(client)
    assert (told["vikno_hub_backed_up"], told["vikno_hub_backup_age_seconds"]) == (1, 3 * 3600)
    assert told["vikno_hub_messages_waiting"] == told["vikno_alarms"] == 0
    assert told["vikno_disk_free_bytes"] > 0


async def test_it_reads_what_keeps_messages(client: TestClient, store: HubStore, clock: HandClock) -> None:
    for number, trouble in enumerate((None, Trouble.MONEY, Trouble.MONEY)):
        message = Message(
            message_id=f"{number}",
            kind="reminder",
            subject="",
            phone="+380671234567",
            language="uk",
            facts="{}",
            expires_at=clock.now() + timedelta(hours=1),
        )
        store.run_now(partial(notifications.put_into_outbox, message=message, now=clock.now()))
        if trouble is not None:
            store.run_now(partial(notifications.try_later, message=message, trouble=trouble, now=clock.now()))
    told = await figures(client)
    assert told["vikno_hub_messages_waiting"] == 3
    assert (told["vikno_hub_messages_kept money"], told["vikno_hub_messages_kept token"]) == (2, 0)


async def test_scans_are_weighed_once_an_hour(client: TestClient, store: HubStore, clock: HandClock) -> None:
    weights = []
    for number, size in enumerate((400, 30, 1)):
        store.run_now(partial(save_blob, sha256=f"{number:064}", size=size, now=clock.now()))
        weights.append((await figures(client))["vikno_hub_blobs_bytes"])
        clock.move(minutes=31)
    assert weights == [400, 400, 431]


async def test_a_database_that_does_not_answer_is_a_figure_too(client: TestClient, store: HubStore) -> None:
    assert (await figures(client))["vikno_hub_database_up"] == 1
    store.run_now(lambda tx: tx.execute(text("alter table operations rename to gone")))
    told = await figures(client)
    assert told["vikno_hub_database_up"] == 0
    assert "vikno_hub_operations_unmerged" not in told
    assert told["vikno_hub_certificate_days"] > 89


@pytest.mark.parametrize(
    ("host", "headers"), [("192.0.2.7", {}), (HERE, {"x-forwarded-for": "192.0.2.7"})], ids=["city", "proxy"]
)
async def test_nobody_else_reads_it_without_signing_in(client: TestClient, host: str, headers: dict[str, str]) -> None:
    assert (await asked(client, host=host, **headers)).status_code == 401
