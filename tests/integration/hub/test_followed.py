"""A ticket followed from outside its office: place, call, as of when, and never a guess."""

import pytest
from litestar.testing import TestClient

from sync.replication import messages
from sync.vocabulary.ids import OfficeId
from sync.vocabulary.live import LiveState, LiveTicket, ticket_key
from sync.vocabulary.ticket import TicketState
from tests.support.clock import HandClock
from tests.support.hub_node import HubNode

TOKEN = "kPq3-only-on-the-paper"
PAGE = {"accept": "text/html"}


def tell(node: HubNode, clock: HandClock, *tickets: LiveTicket) -> str:
    """The node tells of these tickets; the address of the page."""
    state = LiveState(office_id=OfficeId(node.office_id), taken_at=clock.now(), tickets=tickets)
    assert node.send("PUT", "/sync/live", messages.encode(state)).status_code == 204
    return f"/tickets/{node.office_id}/{TOKEN}"


def test_the_place_and_the_range_are_shown_as_of_a_moment(client: TestClient, shv: HubNode, clock: HandClock) -> None:
    waiting = LiveTicket(key=ticket_key(TOKEN), number="Р012", state=TicketState.WAITING, ahead=4, minutes=(10, 20))
    page = client.get(tell(shv, clock, waiting), headers=PAGE).text
    assert "Р012" in page
    assert "Перед Вами 4 особи" in page
    assert "10–20" in page
    assert "станом на" in page
    assert '<noscript><meta http-equiv="refresh"' in page
    piece = client.get(f"/live/tickets/SHV/{TOKEN}", headers=PAGE).text
    assert "Перед Вами 4 особи" in piece
    assert "<html" not in piece


def test_a_call_says_the_desk(client: TestClient, shv: HubNode, clock: HandClock) -> None:
    called = LiveTicket(key=ticket_key(TOKEN), number="Р012", state=TicketState.CALLED, desk_number=7)
    page = client.get(tell(shv, clock, called), headers=PAGE).text
    assert "Підійдіть до вікна" in page
    assert '<strong class="ticket-number">7</strong>' in page


def test_a_guess_shows_no_ticket(client: TestClient, shv: HubNode, clock: HandClock) -> None:
    waiting = LiveTicket(key=ticket_key("another"), number="Р012", state=TicketState.WAITING)
    answer = client.get(tell(shv, clock, waiting), headers=PAGE)
    assert answer.status_code == 200
    assert "Р012" not in answer.text


def test_an_office_that_fell_silent_is_said_to_be(client: TestClient, shv: HubNode, clock: HandClock) -> None:
    waiting = LiveTicket(key=ticket_key(TOKEN), number="Р012", state=TicketState.WAITING)
    address = tell(shv, clock, waiting)
    clock.move(minutes=2)
    page = client.get(address, headers=PAGE).text
    assert "Немає зв'язку з центром" in page or "Немає зв&#39;язку з центром" in page


@pytest.mark.parametrize("office", ["XXX", "nothing"])
def test_no_such_office_has_no_such_page(client: TestClient, office: str) -> None:
    assert client.get(f"/tickets/{office}/{TOKEN}", headers=PAGE).status_code == 404
