"""A ticket in three touches, and its page."""

import re

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from edge_node.printing import queries as printing
from edge_node.queue import commands, queries
from tests.support.hall import Hall

Client = TestClient[Litestar]
WISH = {"sphere": "passports", "purpose": "file"}
PAGE = {"accept": "text/html"}


def test_a_ticket_is_taken_without_signing_in(kiosk: Client) -> None:
    answer = kiosk.post("/api/tickets", json=WISH)
    assert answer.status_code == 201
    ticket = answer.json()
    assert (ticket["number"], ticket["state"], ticket["people_ahead"]) == ("Д001", "waiting", 0)


def test_the_same_key_gives_the_same_ticket(kiosk: Client) -> None:
    """The answer was lost on the way: the visitor has one place, not two."""
    headers = {"Idempotency-Key": "touch-1"}
    first = kiosk.post("/api/tickets", json=WISH, headers=headers).json()
    assert kiosk.post("/api/tickets", json=WISH, headers=headers).json() == first
    assert kiosk.post("/api/tickets", json=WISH).json()["number"] == "Д002"


def test_a_key_used_for_another_wish_is_refused(kiosk: Client) -> None:
    headers = {"Idempotency-Key": "touch-1"}
    kiosk.post("/api/tickets", json=WISH, headers=headers)
    answer = kiosk.post("/api/tickets", json={**WISH, "purpose": "consult"}, headers=headers)
    assert answer.status_code == 409
    assert answer.json()["code"] == "idempotency-key-reused"


def test_the_paper_is_ordered_with_the_number(hall: Hall, kiosk: Client) -> None:
    ticket = kiosk.post("/api/tickets", json=WISH).json()
    (job,) = hall.store.read_now(lambda reader: printing.papers_of(reader, subject_id=ticket["id"]))
    assert job.id == ticket["print_job_id"]
    assert job.details.ticket is not None
    assert job.details.ticket.number == "Д001"
    assert job.details.ticket.status_url.endswith(f"/tickets/{ticket['token']}")


@pytest.mark.parametrize(
    ("wish", "field", "rule"),
    [
        ({"sphere": "magic", "purpose": "file"}, "sphere", "choice"),
        ({"purpose": "file"}, "sphere", "required"),
        ({**WISH, "name": "Шевченко"}, "name", "unknown"),
        ({**WISH, "priority": "boss"}, "priority", "choice"),
    ],
)
def test_a_wrong_wish_is_refused_by_field_and_rule(kiosk: Client, wish: dict[str, str], field: str, rule: str) -> None:
    answer = kiosk.post("/api/tickets", json=wish)
    assert answer.status_code == 422
    assert [(error["field"], error["rule"]) for error in answer.json()["errors"]] == [(field, rule)]


def test_a_sphere_without_a_desk_is_refused_in_words(kiosk: Client) -> None:
    answer = kiosk.post("/api/tickets", json={"sphere": "business", "purpose": "file"})
    assert (answer.status_code, answer.json()["code"]) == (409, "sphere-not-served")
    assert answer.json()["detail"] == "У цьому центрі немає вікна, яке приймає з цих питань."


def test_the_kiosk_offers_only_what_the_office_serves(kiosk: Client) -> None:
    page = kiosk.get("/kiosk", headers=PAGE).text
    assert "Паспорти" in page
    assert "Пенсії" in page
    assert "Бізнес" not in page


def test_three_touches_lead_to_a_ticket(kiosk: Client) -> None:
    assert 'href="/kiosk/passports"' in kiosk.get("/kiosk", headers=PAGE).text
    purposes = kiosk.get("/kiosk/passports", headers=PAGE).text
    key = re.search(r'name="key" value="([^"]+)"', purposes)
    assert key is not None
    form = {"purpose": "file", "key": key[1]}
    shown = kiosk.post("/kiosk/passports", data=form, headers=PAGE)
    assert shown.status_code == 200
    assert "Д001" in shown.text
    again = kiosk.post("/kiosk/passports", data=form, headers=PAGE)
    assert again.url == shown.url, "a second touch must not take a second ticket"


def test_a_right_to_priority_is_one_more_touch(hall: Hall, kiosk: Client) -> None:
    assert "?priority=elderly" in kiosk.get("/kiosk/passports/priority", headers=PAGE).text
    page = kiosk.get("/kiosk/passports?priority=elderly", headers=PAGE).text
    assert 'name="priority" value="elderly"' in page


def test_the_page_of_a_ticket_follows_it(hall: Hall, kiosk: Client) -> None:
    ticket = kiosk.post("/api/tickets", json=WISH).json()
    address = f"/tickets/{ticket['token']}"
    assert "Ви наступні" in kiosk.get(address, headers=PAGE).text
    gone = kiosk.post(f"{address}/give-up", headers=PAGE)
    assert gone.status_code == 200
    assert "Ви залишили чергу" in gone.text
    refused = kiosk.post(f"{address}/give-up", headers=PAGE)
    assert refused.status_code == 409


def test_a_called_ticket_says_where_to_go(hall: Hall, kiosk: Client) -> None:
    ticket = kiosk.post("/api/tickets", json=WISH).json()
    (desk,) = hall.do(commands.set_up_desks, [], ids=hall.ids)
    hall.call(desk)
    assert "Підійдіть до вікна" in kiosk.get(f"/tickets/{ticket['token']}", headers=PAGE).text


def test_a_guessed_token_opens_nothing(kiosk: Client) -> None:
    for address in ("/tickets/GUESS", "/kiosk/tickets/GUESS", "/live/tickets/GUESS"):
        assert kiosk.get(address).status_code == 404, address


def test_the_kiosk_speaks_english_when_asked(kiosk: Client) -> None:
    assert "What is your visit about?" in kiosk.get("/kiosk?lang=en", headers=PAGE).text


def test_a_place_is_given_up_at_the_kiosk_after_one_more_question(hall: Hall, kiosk: Client) -> None:
    ticket = kiosk.post("/api/tickets", json=WISH).json()
    address = f"/kiosk/tickets/{ticket['token']}"
    assert f'href="{address}/leave"' in kiosk.get(address, headers=PAGE).text
    assert "Справді залишити чергу?" in kiosk.get(f"{address}/leave", headers=PAGE).text
    gone = kiosk.post(f"{address}/leave", data={"sure": "yes"}, headers=PAGE)
    assert "Ви залишили чергу" in gone.text
    assert f'href="{address}/leave"' not in gone.text


def test_a_ticket_found_again_does_not_wait_for_its_paper(hall: Hall, kiosk: Client) -> None:
    ticket = kiosk.post("/api/tickets", json=WISH).json()
    address = f"/kiosk/tickets/{ticket['token']}"
    assert "Талон друкується" in kiosk.get(address, headers=PAGE).text
    hall.clock.move(minutes=4)
    assert "Талон друкується" not in kiosk.get(address, headers=PAGE).text


def test_sign_language_is_one_more_touch(hall: Hall, kiosk: Client) -> None:
    assert 'href="/kiosk/passports?signs=yes"' in kiosk.get("/kiosk/passports", headers=PAGE).text
    shown = kiosk.post("/kiosk/passports", data={"purpose": "file", "key": "k", "signs": "yes"}, headers=PAGE)
    token = shown.url.path.rsplit("/", 1)[-1]
    ticket = hall.store.read_now(lambda reader: queries.ticket_by_token(reader, token=token))
    assert ticket is not None
    assert ticket.needs_sign_language


def test_who_chose_english_gets_an_english_paper(hall: Hall, kiosk: Client) -> None:
    ticket = kiosk.post("/api/tickets", json={**WISH, "language": "en"}).json()
    (job,) = hall.store.read_now(lambda reader: printing.papers_of(reader, subject_id=ticket["id"]))
    paper = job.details.ticket
    assert paper is not None
    assert (paper.language, paper.sphere, paper.purpose) == ("en", "Passports and ID cards", "File an application")
