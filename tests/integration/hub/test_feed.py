"""The public feed of all queues in the shape of QueueMonitor."""

from litestar.testing import TestClient

from sync.replication import messages
from sync.vocabulary.ids import OfficeId
from sync.vocabulary.live import LiveState
from tests.support.clock import HandClock
from tests.support.hub_node import HubNode
from tests.support.schemas import validator

FEED = "/api/queue-monitor"


def tell(node: HubNode, clock: HandClock, **facts: object) -> None:
    state = LiveState(office_id=OfficeId(node.office_id), taken_at=clock.now(), **facts)
    assert node.send("PUT", "/sync/live", messages.encode(state)).status_code == 204


def test_lines_of_every_office_have_the_shape_that_others_read(
    client: TestClient, shv: HubNode, kyv: HubNode, clock: HandClock
) -> None:
    tell(shv, clock, waiting={"passports": 4, "pensions": 0}, open_desks=2)
    tell(kyv, clock, waiting={"passports": 1, "a sphere of tomorrow": 3}, open_desks=0)
    lines = client.get(FEED).json()
    for line in lines:
        validator("queue_monitor").validate(line)
    assert {(line["localId"], line["serviceId"], line["ticketsToServe"], line["serviceStatus"]) for line in lines} == {
        ("SHV", "passports", 4, "Open"),
        ("SHV", "pensions", 0, "Open"),
        ("KYV", "passports", 1, "Closed"),
    }


def test_the_last_word_of_a_silent_office_is_told_as_of_when_it_spoke(
    client: TestClient, shv: HubNode, clock: HandClock
) -> None:
    spoke_at = clock.now()
    tell(shv, clock, waiting={"passports": 4}, open_desks=2)
    clock.move(minutes=5)
    [line] = client.get(FEED).json()
    assert line["serviceStatus"] == "Suspended"
    assert line["dateModified"].startswith(f"{spoke_at:%Y-%m-%dT%H:%M}")


def test_before_any_office_spoke_the_feed_is_empty(client: TestClient) -> None:
    assert client.get(FEED).json() == []
