"""A refused form comes back with what was entered and what to mend."""

from litestar import Litestar
from litestar.testing import TestClient

PAGE = {"accept": "text/html"}
Client = TestClient[Litestar]


def test_a_refused_form_keeps_what_was_entered_and_marks_the_field(client: Client) -> None:
    answer = client.post("/visits/new", data={"name": "<Олена>", "persons": "40"}, headers=PAGE)

    assert answer.status_code == 422
    assert 'value="&lt;Олена&gt;"' in answer.text
    assert 'href="#persons"' in answer.text
    assert 'id="persons-error"' in answer.text
    assert "<title>Помилка:" in answer.text
    assert "Error:" not in answer.text


def test_a_refusal_of_the_rules_stands_above_the_form(client: Client) -> None:
    answer = client.post("/visits/new", data={"name": "empty", "persons": "1"}, headers=PAGE)

    assert answer.status_code == 409
    assert "На полиці A порожньо." in answer.text
    assert 'value="empty"' in answer.text


def test_a_field_refused_by_the_rules_is_marked_like_any_other(client: Client) -> None:
    answer = client.post("/visits/new", data={"name": "wrong", "persons": "1"}, headers=PAGE)

    assert answer.status_code == 422
    assert 'id="name-error"' in answer.text


def test_a_rule_about_this_very_person_comes_back_with_the_form(client: Client) -> None:
    answer = client.post("/visits/new", data={"name": "locked", "persons": "1"}, headers=PAGE)

    assert answer.status_code == 403
    assert 'value="locked"' in answer.text


def test_an_unknown_field_of_a_form_is_refused_by_name(client: Client) -> None:
    answer = client.post("/visits/new", data={"name": "Олена", "persons": "1", "rank": "general"}, headers=PAGE)

    assert answer.status_code == 422
    assert "rank" in answer.text


def test_a_secret_is_never_shown_again(client: Client) -> None:
    answer = client.post("/visits/new", data={"name": "x", "persons": "1", "password": "hunter2hunter2"}, headers=PAGE)

    assert answer.status_code == 422
    assert "hunter2" not in answer.text


def test_the_next_visitor_sees_nothing_of_a_refused_form(client: Client) -> None:
    client.post("/visits/new", data={"name": "<Олена>", "persons": "40"}, headers=PAGE)

    fresh = client.get("/visits/new", headers=PAGE)

    assert "Олена" not in fresh.text
    assert "govuk-error-summary" not in fresh.text


def test_a_program_that_posts_a_form_gets_problem_details(client: Client) -> None:
    answer = client.post("/visits/new", data={"name": "x", "persons": "1"}, headers={"accept": "*/*"})

    assert answer.headers["content-type"] == "application/problem+json"


def test_a_good_form_leads_on(client: Client) -> None:
    answer = client.post("/visits/new", data={"name": "Олена", "persons": "1"}, headers=PAGE, follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
