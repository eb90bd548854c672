"""``/api/cases`` as programs use it: who may, what is refused, and the same answer to the same key."""

import msgspec
import pytest

from sync.storage import replica
from tests.support.builders import an_application
from tests.support.desk_app import desk_app
from tests.support.visits import visiting


@pytest.fixture
def visit(desk):
    return lambda login: visiting(desk_app(desk), None if login is None else desk.who(login))


def body(**changes: object) -> dict:
    return msgspec.to_builtins(an_application()) | changes


def test_a_case_is_answered_with_its_number_day_and_fee(visit):
    with visit("oksana") as client:
        answer = client.post("/api/cases", json=body())
    assert answer.status_code == 201
    assert answer.json()["number"].startswith("SHV-2026-0000001-")
    assert (answer.json()["due_on"], answer.json()["fee_kopecks"]) == ("2026-12-21", 37_200)


def test_the_same_key_gets_the_same_case(visit, desk):
    with visit("oksana") as client:
        first, again, other = (
            client.post("/api/cases", json=body(), headers={"Idempotency-Key": key}) for key in ("a", "a", "b")
        )
    assert first.json() == again.json()
    assert other.json()["number"] != first.json()["number"]
    assert desk.store.read_now(replica.backlog).count == 2


def test_the_same_key_for_another_application_is_refused(visit):
    with visit("oksana") as client:
        client.post("/api/cases", json=body(), headers={"Idempotency-Key": "a"})
        answer = client.post("/api/cases", json=body(fee_variant="urgent"), headers={"Idempotency-Key": "a"})
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency-key-reused")


@pytest.mark.parametrize(("login", "status"), [(None, 401), ("iryna", 403), ("taras", 403)])
def test_only_the_front_office_registers(visit, login, status):
    with visit(login) as client:
        assert client.post("/api/cases", json=body()).status_code == status


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"applicant": None}, "applicant", "type"),
        ({"surprise": 1}, "surprise", "unknown"),
        ({"papers": [{"name": "x", "sheets": 0}]}, "papers[0].sheets", "min"),
        ({"papers": [{"name": "x" * 301}]}, "papers[0].name", "length-max"),
        ({"papers": [{"name": "x"}] * 61}, "papers", "length-max"),
        ({"notify_by": "pigeon"}, "notify_by", "choice"),
        ({"fee_variant": "yesterday"}, "fee_variant", "choice"),
    ],
)
def test_wrong_input_is_refused_by_field_and_rule(visit, changes, field, rule):
    with visit("oksana") as client:
        answer = client.post("/api/cases", json=body(**changes))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [(error["field"], error["rule"]) for error in answer.json()["errors"]] == [(field, rule)]


def test_a_missing_paper_is_a_refusal_with_its_name(visit):
    with visit("oksana") as client:
        answer = client.post("/api/cases", json=body(papers=[{"name": "паспорт"}]))
    assert (answer.status_code, answer.json()["code"]) == (409, "papers-missing")
    assert answer.json()["facts"] == {"count": 1, "first": "квитанція"}


def test_the_case_of_a_number_is_opened_however_it_was_typed(visit, desk):
    case = desk.take_in()
    with visit("oksana") as client:
        answer = client.get("/api/cases", params={"number": case.number.lower().replace("-", " ")})
        missing = client.get("/api/cases", params={"number": "SHV-2026-0000002-6"})
    assert answer.json()["case"]["case_id"] == case.case_id
    assert answer.json()["path"][0]["actor_name"] == "Oksana Іваненко"
    assert missing.status_code in {404, 422}


def test_another_bodys_case_is_not_opened_by_typing_its_address(visit, desk):
    case = desk.take_in()
    with visit("petro") as client:
        answer = client.get(f"/api/cases/{case.case_id}")
    assert (answer.status_code, answer.json()["code"]) == (403, "case-not-yours")
    with visit(None) as client:
        assert client.get(f"/api/cases/{case.case_id}").status_code == 401
