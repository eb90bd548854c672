"""The public way to an appointment: pages without scripts, addresses without personal data."""

import re
from html import unescape

import pytest
from litestar.testing import TestClient

from tests.support.clock import HandClock
from tests.support.internet import SHORT, Internet

DAY = "2026-12-01"
BOOK = f"/book/{SHORT.code}"
WHO = {"name": "Ольга Мельник", "phone": "050 111 22 33"}
pytestmark = pytest.mark.usefixtures("receiving_office")


@pytest.fixture(autouse=True)
def browser(client: TestClient) -> None:
    client.headers["accept"] = "text/html"


def text_of(client: TestClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def keep(client: TestClient, slot: str = "09:00", *, at: str = f"{BOOK}/SHV/{DAY}") -> str:
    answer = client.post(at, data={"slot": slot}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def book(client: TestClient, slot: str = "09:00") -> str:
    answer = client.post(keep(client, slot), data=WHO, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_from_the_service_to_the_slip(client: TestClient) -> None:
    assert f'href="{BOOK}"' in text_of(client, f"/services/{SHORT.code}")
    assert f'href="{BOOK}/SHV"' in text_of(client, BOOK)
    assert f'href="{BOOK}/SHV/{DAY}"' in text_of(client, f"{BOOK}/SHV")
    assert re.findall(r'value="([0-9:]+)"', text_of(client, f"{BOOK}/SHV/{DAY}")) == [
        "09:00",
        "09:15",
        "09:30",
        "09:45",
        "10:00",
    ]
    kept = keep(client)
    assert "08:11" in text_of(client, kept)  # ten minutes from now
    slip = client.post(kept, data=WHO)
    assert slip.status_code == 200
    text = unescape(slip.text)
    assert "01.12.2026, 09:00" in text
    assert "Шевченківський ЦНАП" in text
    assert "Мельник" not in text
    address = slip.url.path
    assert not any(word in address for word in ("Ольга", "050", "38050", "0900"))
    assert len(address.removeprefix("/appointments/")) >= 22


def test_a_number_that_is_none_shows_the_form_again_with_what_was_entered(client: TestClient) -> None:
    kept = keep(client)
    refused = client.post(kept, data={**WHO, "phone": "12"})
    assert refused.status_code == 422
    assert 'value="Ольга Мельник"' in unescape(refused.text)
    assert "govuk-error-summary" in refused.text
    assert client.post(kept, data=WHO).status_code == 200


def test_a_time_that_went_is_refused_on_its_page(client: TestClient) -> None:
    keep(client)
    keep(client)
    refused = client.post(f"{BOOK}/SHV/{DAY}", data={"slot": "09:00"})
    assert refused.status_code == 409
    assert "09:15" in refused.text


def test_a_booking_is_moved_and_cancelled_by_its_link(client: TestClient) -> None:
    link = book(client)
    assert "09:30" in text_of(client, f"{link}/times/2026-12-02")
    kept = keep(client, "09:30", at=f"{link}/times/2026-12-02")
    page = text_of(client, kept)
    assert "01.12.2026, 09:00" in page
    assert "02.12.2026, 09:30" in page
    moved = client.post(kept)
    assert moved.status_code == 200
    assert client.get(link).status_code == 404
    assert client.get(f"{moved.url.path}/cancel").status_code == 200
    cancelled = client.post(f"{moved.url.path}/cancel")
    assert cancelled.status_code == 200
    assert "Запис скасовано" in cancelled.text
    assert client.get(moved.url.path).status_code == 404


def test_what_is_let_go_is_free_again(client: TestClient) -> None:
    for _ in range(4):
        answer = client.post(f"{keep(client)}/let-go", follow_redirects=False)
        assert answer.headers["location"] == f"{BOOK}/SHV"


def test_a_machine_that_keeps_times_from_one_place_is_told_to_wait(client: TestClient) -> None:
    for slot in ("09:00", "09:15", "09:30", "09:45"):
        keep(client, slot)
        keep(client, slot)
    refused = client.post(f"{BOOK}/SHV/2026-12-02", data={"slot": "09:00"})
    assert refused.status_code == 429


def test_links_that_nobody_was_given_open_nothing(client: TestClient) -> None:
    for address in (
        "/appointments/AAAAAAAAAAAAAAAAAAAAAAAA",
        "/book/kept/AAAAAAAAAAAAAAAA",
        "/book/99-99",
        f"{BOOK}/KYV",
    ):
        assert client.get(address).status_code == 404


def test_while_the_office_is_silent_the_page_says_as_of_when_and_books_all_the_same(
    client: TestClient, clock: HandClock, internet: Internet
) -> None:
    clock.move(minutes=10)
    assert "станом на 23.11.2026" in text_of(client, BOOK)
    assert "станом на 23.11.2026" in text_of(client, f"{BOOK}/SHV")
    link = book(client).removeprefix("/appointments/")
    assert internet.look(link).booking.seat_id == "0900-1"
