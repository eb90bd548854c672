"""A PIN opens a shared desk again, after the full sign-in of the day."""

import pytest
from litestar.testing import TestClient

from edge_node.staff import commands, queries
from sync.vocabulary.staff import Role
from sync.web.passwords import hash_password
from tests.support.builders import a_member
from tests.support.desk_app import desk_app
from tests.support.front_desk import a_record

PASSWORD = "соловейко-7"
HASH = hash_password(PASSWORD)
PIN = "482913"


@pytest.fixture
def client(desk):
    desk.do(commands.project_member, a_record(a_member("halyna", Role.ADMINISTRATOR, password_hash=HASH)))
    with TestClient(desk_app(desk)) as client:
        yield client


def sign_in(client):
    assert client.post("/api/session", json={"login": "halyna", "password": PASSWORD}).status_code == 200


def open_desk(client, pin=PIN):
    return client.post("/api/session/by-pin", json={"login": "halyna", "pin": pin})


def choose_pin_and_lock(client):
    sign_in(client)
    assert client.put("/api/session/pin", json={"pin": PIN}).status_code == 204
    assert client.post("/lock", follow_redirects=False).headers["location"] == "/sign-in/pin"
    assert client.get("/api/session").status_code == 401


def test_a_pin_opens_the_desk_again_on_the_day_of_the_full_sign_in(client, desk):
    choose_pin_and_lock(client)
    assert open_desk(client).json()["staff_id"] == "halyna"
    actions = [line.action for line in desk.store.read_now(queries.access_log)]
    assert actions == ["sign-in-by-pin", "sign-out", "pin-set", "sign-in"]


def test_on_the_next_day_the_password_comes_first(client, desk):
    choose_pin_and_lock(client)
    desk.clock.move(hours=24)
    answer = open_desk(client)
    assert (answer.status_code, answer.json()["code"]) == (401, "wrong-pin")
    sign_in(client)
    client.delete("/api/session")
    assert open_desk(client).status_code == 200


def test_a_guesser_of_pins_is_slowed_down_and_the_password_still_opens(client):
    choose_pin_and_lock(client)
    assert {open_desk(client, pin="000000").status_code for _ in range(5)} == {401}
    assert open_desk(client).status_code == 429
    sign_in(client)


def test_who_has_no_pin_and_who_is_unknown_get_the_same_answer(client):
    sign_in(client)
    client.delete("/api/session")
    unknown = client.post("/api/session/by-pin", json={"login": "nobody", "pin": PIN})
    assert {answer.json()["code"] for answer in (open_desk(client), unknown)} == {"wrong-pin"}


def test_a_pin_is_six_to_eight_digits_and_kept_as_a_slow_hash(client, desk):
    sign_in(client)
    for pin in ("12345", "123456789", "12345a"):
        assert client.put("/api/session/pin", json={"pin": pin}).status_code == 422
    page = {"accept": "text/html"}
    assert client.post("/pin", data={"pin": PIN}, headers=page, follow_redirects=False).status_code == 303
    kept = desk.store.read_now(lambda reader: reader.scalar("select pin_hash from staff_pins"))
    assert kept.startswith("$argon2id$")
    client.post("/lock")
    assert "PIN-код" in client.get("/sign-in/pin", headers=page).text
    refused = client.post("/sign-in/pin", data={"login": "halyna", "pin": "000000"}, headers=page)
    assert refused.status_code == 401
    assert "000000" not in refused.text
    form = {"login": "halyna", "pin": PIN}
    assert client.post("/sign-in/pin", data=form, headers=page, follow_redirects=False).headers["location"] == "/desk"
