"""A person signs in with a password, also while the line is cut; wrong ones are slowed down and logged."""

import pytest
from litestar.testing import TestClient

from edge_node.staff import commands, queries
from edge_node.staff.controllers import safe_next
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.staff import Role
from sync.web.passwords import hash_password
from tests.support.builders import KYV, a_member
from tests.support.desk_app import desk_app
from tests.support.front_desk import a_record
from tests.support.visits import visiting

PASSWORD = "соловейко-7"
HASH = hash_password(PASSWORD)


@pytest.fixture
def client(desk):
    desk.do(commands.project_member, a_record(a_member("halyna", Role.ADMINISTRATOR, password_hash=HASH)))
    desk.do(commands.project_member, a_record(a_member("ihor", Role.ADMINISTRATOR, office_id=KYV, password_hash=HASH)))
    with TestClient(desk_app(desk)) as client:
        yield client


def sign_in(client, login="halyna", password=PASSWORD):
    return client.post("/api/session", json={"login": login, "password": password})


def actions(desk) -> list[str]:
    return [line.action for line in desk.store.read_now(queries.access_log)]


def test_the_right_password_lets_in_and_is_logged(client, desk):
    answer = sign_in(client, login=" Halyna ")
    assert (answer.status_code, answer.json()["staff_id"], answer.json()["office_id"]) == (200, "halyna", "SHV")
    assert client.get("/api/session").json()["name"] == answer.json()["name"]
    assert actions(desk) == ["sign-in"]


def test_a_wrong_password_and_an_unknown_login_get_the_same_answer(client, desk):
    answers = [sign_in(client, password="x"), sign_in(client, login="nobody")]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(401, "wrong-password")] * 2
    assert actions(desk) == ["sign-in-failed", "sign-in-failed"]


def test_a_guesser_is_slowed_down(client):
    for _ in range(5):
        sign_in(client, password="x")
    answer = sign_in(client)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


def test_the_front_office_of_another_office_is_not_let_in(client):
    answer = sign_in(client, login="ihor")
    assert (answer.status_code, answer.json()["code"]) == (403, "not-of-this-office")


def test_who_signs_out_is_out(client, desk):
    sign_in(client)
    assert client.delete("/api/session").status_code == 204
    assert client.get("/api/session").status_code == 401
    assert actions(desk)[0] == "sign-out"


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [({"login": "halyna"}, "password", "required"), ({"login": "", "password": "x"}, "login", "length-min")],
)
def test_a_wrong_body_names_field_and_rule(client, body, field, rule):
    answer = client.post("/api/session", json=body)
    assert answer.status_code == 422
    assert [(error["field"], error["rule"]) for error in answer.json()["errors"]] == [(field, rule)]


def test_the_page_leads_on_to_where_the_person_was_going(client):
    page = client.get("/desk/cases", headers={"accept": "text/html"}, follow_redirects=False)
    assert page.headers["location"] == "/sign-in?next=%2Fdesk%2Fcases"
    form = {"login": "halyna", "password": PASSWORD, "next": "/desk/cases"}
    answer = client.post("/sign-in", data=form, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/cases")


def test_the_page_is_shown_again_without_the_password(client):
    answer = client.post(
        "/sign-in", data={"login": "halyna", "password": "wrong-one", "next": ""}, headers={"accept": "text/html"}
    )
    assert answer.status_code == 401
    assert "wrong-one" not in answer.text


@pytest.mark.parametrize("address", ["https://elsewhere", "//elsewhere", "/\\elsewhere", "desk", "/sign-out"])
def test_a_link_to_the_sign_in_leads_nowhere_else(address):
    assert safe_next(address) == ""


def test_a_changed_line_of_the_access_log_is_found(desk):
    for place in range(3):
        desk.do(
            commands.log_access, by=desk.who("oksana"), action="case-viewed", subject=str(place), now=desk.clock.now()
        )
    assert desk.store.read_now(commands.first_broken_line) is None
    desk.store.run_now(lambda tx: tx.execute("update access_log set subject = 'x' where seq = 2"))
    assert desk.store.read_now(commands.first_broken_line) == 2


def test_a_removed_line_of_the_access_log_is_missed(desk):
    for place in range(3):
        desk.do(commands.log_access, by=None, action="case-viewed", subject=str(place), now=desk.clock.now())
    desk.store.run_now(lambda tx: tx.execute("delete from access_log where seq = 2"))
    assert desk.store.read_now(commands.first_broken_line) == 3


def test_a_damaged_record_of_a_member_is_refused(desk):
    with pytest.raises(InvalidInput):
        desk.do(commands.project_member, a_record(desk.who("oksana")))


@pytest.mark.parametrize(("login", "status"), [("olena", 200), ("oksana", 403), ("taras", 403), (None, 401)])
def test_only_the_privacy_officer_reads_the_access_log(desk, login, status):
    case = desk.take_in()
    with visiting(desk_app(desk), None if login is None else desk.who(login)) as client:
        answer = client.get("/api/access-log", params={"subject": case.case_id})
    assert answer.status_code == status
    if status == 200:
        assert [line["action"] for line in answer.json()] == ["case-registered"]
