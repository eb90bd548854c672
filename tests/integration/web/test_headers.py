"""What a browser is told about a page, it is told with every page; what machines tell each other stays light."""

from sync.replication import messages
from sync.vocabulary.ids import OfficeId
from sync.vocabulary.live import LiveState
from tests.support.clock import SeededIds
from tests.support.houses import House
from tests.support.hub_node import HubNode

FOR_BROWSERS = {
    "content-security-policy",
    "referrer-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
}
FOR_ALL = {"x-content-type-options": "nosniff", "cache-control": "no-store"}
PAGE = {"Accept": "text/html"}
PAGES = ("/", "/sign-in", "/no-such-page", "/sync/hello", "/sync/enrol", "/health/nothing")


def test_every_page_carries_every_header(house: House) -> None:
    """Also where a browser asks at an address of the machines, and is answered by a page that says so."""
    for path in PAGES:
        answer = house.visitor().get(path, headers=PAGE)
        assert answer.headers["content-type"].startswith("text/html"), path
        assert answer.headers.keys() >= FOR_BROWSERS | FOR_ALL.keys(), path
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"], path


def test_what_a_person_could_open_in_a_browser_carries_them_too(house: House) -> None:
    for path in ("/api/session", "/health/live", "/health/ready"):
        assert house.visitor().get(path).headers.keys() >= FOR_BROWSERS | FOR_ALL.keys(), path


def test_what_nodes_and_hub_tell_each_other_carries_only_what_concerns_them(hub: House) -> None:
    """A node asks all day long, and most answers are empty."""
    node = HubNode(hub.visitor(), hub.store, office_id="KYV", clock=hub.clock, ids=SeededIds(hub.clock, seed=31))
    live = LiveState(office_id=OfficeId("KYV"), taken_at=hub.clock.now())
    enrolled = node.enrol(node.token())
    node.hello()
    answers = [
        enrolled,
        node.send("PUT", "/sync/live", messages.encode(live)),
        node.send("GET", "/sync/pull?cursor=0"),
        node.send("HEAD", f"/blobs/{'ab' * 32}"),
        node.send("GET", "/sync/pull?cursor=-1"),
    ]
    assert [answer.status_code for answer in answers] == [200, 204, 200, 404, 422]
    for answer in answers:
        assert FOR_BROWSERS.isdisjoint(answer.headers.keys()), answer.url
        assert FOR_ALL.items() <= answer.headers.items(), answer.url
