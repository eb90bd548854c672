"""The kiosk's screen: its switches, the end of a visit, the page for a node that is away."""

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from edge_node.kiosk.model import Turn, turned

Client = TestClient[Litestar]
PAGE = {"accept": "text/html"}


def test_a_switch_turns_on_and_off_and_leaves_the_others() -> None:
    assert turned("", Turn.LOW) == "low"
    assert turned("low", Turn.CONTRAST) == "low.contrast"
    assert turned("low.contrast", Turn.LOW) == "contrast"


def test_what_somebody_wrote_into_the_cookie_falls_out() -> None:
    assert turned("<b>.low.evil", Turn.LARGE) == "low.large"


def test_a_switch_shows_the_same_page_in_another_way(kiosk: Client) -> None:
    shown = kiosk.post("/kiosk/view", data={"turn": "contrast", "page": "/kiosk/passports"}, headers=PAGE)
    assert shown.url.path == "/kiosk/passports"
    assert "voice-kiosk kiosk-contrast" in shown.text
    assert 'value="contrast" aria-pressed="true"' in shown.text


@pytest.mark.parametrize("page", ["https://evil.example/kiosk", "//evil.example", "/desk", "/kiosk\\@evil.example"])
def test_a_switch_leads_nowhere_else(kiosk: Client, page: str) -> None:
    answer = kiosk.post("/kiosk/view", data={"turn": "low", "page": page}, headers=PAGE, follow_redirects=False)
    assert answer.status_code == 422


def test_the_next_visitor_finds_the_first_page_as_it_always_is(kiosk: Client) -> None:
    kiosk.get("/kiosk?lang=en", headers=PAGE)
    kiosk.post("/kiosk/view", data={"turn": "large", "page": "/kiosk"}, headers=PAGE)
    fresh = kiosk.get("/kiosk/over", headers=PAGE)
    assert "З якого питання Ви прийшли?" in fresh.text
    assert 'class="govuk-template voice-kiosk"' in fresh.text
    assert 'class="govuk-template voice-kiosk"' in kiosk.get("/kiosk", headers=PAGE).text


def test_the_worker_stands_above_the_pages_it_rules_over(kiosk: Client) -> None:
    worker = kiosk.get("/kiosk-worker.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    assert "/kiosk/wait" in worker.text
    assert "Зачекайте" in kiosk.get("/kiosk/wait", headers=PAGE).text


@pytest.mark.parametrize("page", ["/kiosk/tickets/GUESS", "/kiosk/bookings/GUESS", "/kiosk/services/77-77", "/kiosk/x"])
def test_what_is_not_there_leaves_nobody_before_a_dead_screen(kiosk: Client, page: str) -> None:
    shown = kiosk.get(page, headers=PAGE)
    assert 400 <= shown.status_code < 500
    assert 'data-idle-home="/kiosk/over"' in shown.text
    assert '<a class="govuk-button" href="/kiosk/over"' in shown.text
    assert "data-idle-home" not in kiosk.get("/tickets/GUESS", headers=PAGE).text, "a phone has its own page"
