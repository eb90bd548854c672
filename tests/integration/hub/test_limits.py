"""What one node may ask of the hub in a minute: enough for any office, and no more for one gone mad or stolen."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar.testing import TestClient

from central_hub.app import Surroundings, create_app
from central_hub.settings import HubSettings, LimitSettings
from central_hub.storage import HubStore
from sync.replication import messages
from tests.support.clock import HandClock, SeededIds
from tests.support.hub_node import HubNode

REQUESTS, OPERATIONS = 10, 500


@pytest.fixture
def client(store: HubStore, clock: HandClock, ids: SeededIds, tmp_path: Path) -> Iterator[TestClient]:
    limits = LimitSettings(requests_a_minute=REQUESTS, operations_a_minute=OPERATIONS)
    settings = HubSettings(folder=tmp_path, limits=limits)
    with TestClient(create_app(Surroundings(settings=settings, store=store, clock=clock, ids=ids))) as opened:
        yield opened


def test_who_asks_without_end_is_told_when_to_come_again(shv: HubNode, kyv: HubNode, clock: HandClock) -> None:
    """Its greeting was the first of its requests."""
    answers = [shv.send("GET", "/sync/pull?cursor=0") for _ in range(REQUESTS)]
    assert [answer.status_code for answer in answers] == [200] * (REQUESTS - 1) + [429]
    assert shv.say_hello({}).status_code == 429
    assert kyv.send("GET", "/sync/pull?cursor=0").status_code == 200

    clock.move(seconds=int(answers[-1].headers["Retry-After"]))
    assert shv.say_hello({}).status_code == 200


def test_operations_beyond_the_allowance_come_a_little_later_and_none_is_lost(shv: HubNode, clock: HandClock) -> None:
    cases = 3
    for _ in range(cases):
        shv.case()
    whole = messages.encode(shv.push_request())
    taken = [shv.send("POST", "/sync/push", whole).status_code for _ in range(2)]
    assert taken == [200, 200]
    for _ in range(OPERATIONS - cases * 2):
        shv.case()
    refused = shv.send("POST", "/sync/push", messages.encode(shv.push_request()))
    assert (refused.status_code, refused.json()["code"]) == (429, "too-many-requests")

    clock.move(seconds=int(refused.headers["Retry-After"]))
    assert shv.push().acknowledged_oseq == len(shv.chain)


def test_whoever_signs_nothing_uses_up_nobodys_allowance(shv: HubNode, client: TestClient) -> None:
    for _ in range(REQUESTS * 2):
        client.get("/sync/pull", headers={"Vikno-Node": shv.node_id, "Vikno-Nonce": shv.nonce})
    assert shv.send("GET", "/sync/pull?cursor=0").status_code == 200
