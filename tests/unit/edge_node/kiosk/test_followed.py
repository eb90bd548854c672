"""A ticket on the visitor's phone, in the office and outside it."""

from pathlib import Path

import msgspec
from litestar import Litestar
from litestar.testing import TestClient

from edge_node.kiosk.model import Followed
from edge_node.kiosk.queries import followed_tickets
from edge_node.queue import commands
from edge_node.settings import HubSettings, NodeSettings
from sync.vocabulary.ids import OfficeId
from sync.vocabulary.live import LIVE_TICKETS_MAX, LiveState, LiveTicket, ticket_key
from tests.support import hall_app as app_of_hall
from tests.support.hall import Hall

Client = TestClient[Litestar]
PAGE = {"accept": "text/html"}
WISH = {"sphere": "passports", "purpose": "file"}


def told(hall: Hall, followed: Followed) -> tuple[LiveTicket, ...]:
    return hall.store.read_now(lambda reader: followed_tickets(reader, tokens=followed.tokens, now=hall.clock.now()))


def test_only_tickets_that_somebody_follows_are_told_outside(hall: Hall, kiosk: Client) -> None:
    followed: Followed = app_of_hall._given["followed"]
    hall.take()
    ticket = kiosk.post("/api/tickets", json=WISH).json()
    assert told(hall, followed) == ()
    kiosk.get(f"/tickets/{ticket['token']}", headers=PAGE)
    (seen,) = told(hall, followed)
    assert (seen.number, seen.state, seen.ahead) == ("Д002", "waiting", 1)


def test_the_hub_is_never_told_what_opens_a_ticket(hall: Hall, kiosk: Client) -> None:
    ticket = kiosk.post("/api/tickets", json=WISH).json()
    kiosk.get(f"/tickets/{ticket['token']}", headers=PAGE)
    tickets = told(hall, app_of_hall._given["followed"])
    sent = msgspec.json.encode(LiveState(office_id=OfficeId("SHV"), taken_at=hall.clock.now(), tickets=tickets))
    assert ticket["token"].encode() not in sent
    assert ticket["id"].encode() not in sent
    assert tickets[0].key == ticket_key(ticket["token"])


def test_a_call_says_the_desk_and_an_ended_visit_nothing_more(hall: Hall, kiosk: Client) -> None:
    ticket = kiosk.post("/api/tickets", json=WISH).json()
    kiosk.get(f"/tickets/{ticket['token']}", headers=PAGE)
    followed: Followed = app_of_hall._given["followed"]
    (desk,) = hall.do(commands.set_up_desks, [], ids=hall.ids)
    hall.serve(desk)
    assert told(hall, followed) == ()
    later = kiosk.post("/api/tickets", json=WISH).json()
    kiosk.get(f"/tickets/{later['token']}", headers=PAGE)
    hall.call(desk)
    (called,) = told(hall, followed)
    assert (called.state, called.desk_number) == ("called", 1)


def test_the_tickets_followed_are_bounded() -> None:
    followed = Followed()
    for count in range(LIVE_TICKETS_MAX + 5):
        followed.note(f"token-{count}")
    assert len(followed.tokens) == LIVE_TICKETS_MAX
    assert "token-0" not in followed.tokens


def test_the_page_leads_outside_only_where_the_hub_has_an_address(hall: Hall, kiosk: Client, tmp_path: Path) -> None:
    ticket = kiosk.post("/api/tickets", json=WISH).json()
    address = f"/tickets/{ticket['token']}"
    assert "Стежити поза Wi-Fi центру" not in kiosk.get(address, headers=PAGE).text
    app_of_hall._given["settings"] = NodeSettings(
        office_id=OfficeId("SHV"),
        folder=tmp_path,
        hub=HubSettings(url="http://hub", public_url="https://city.example/"),
    )
    page = kiosk.get(address, headers=PAGE).text
    assert f'href="https://city.example/tickets/SHV/{ticket["token"]}"' in page
    assert '<noscript><meta http-equiv="refresh"' in page
