"""A password that the console gave is exchanged for one's own; both count here until the hub gives another."""

import pytest
from litestar.testing import TestClient

from edge_node.staff import commands, queries
from sync.vocabulary.errors import NotFound
from sync.vocabulary.staff import Role
from sync.web.passwords import hash_password
from tests.support.builders import a_member
from tests.support.desk_app import desk_app
from tests.support.front_desk import a_record

OLD, GIVEN, OWN, NEXT = "соловейко-7", "q2Wx-once-81", "верба над Лопанню", "журавель-у-небі"
HASHES = {each: hash_password(each) for each in (OLD, GIVEN, NEXT)}
PAGE = {"accept": "text/html"}


def publish(desk, password: str) -> None:
    """The hub gives halyna this password."""
    member = a_member("halyna", Role.ADMINISTRATOR, password_hash=HASHES[password])
    desk.do(commands.project_member, a_record(member))


@pytest.fixture
def client(desk):
    publish(desk, OLD)
    desk.do(commands.reset_password, login="Halyna", password_hash=HASHES[GIVEN], now=desk.clock.now())
    with TestClient(desk_app(desk)) as client:
        yield client


def sign_in(client, password: str):
    return client.post("/api/session", json={"login": "halyna", "password": password})


def choose(client, password: str, new_password: str):
    form = {"login": "halyna", "password": password, "new_password": new_password}
    return client.post("/sign-in/password", data=form, headers=PAGE, follow_redirects=False)


def test_a_given_password_lets_nobody_in_before_it_is_exchanged(client, desk):
    refused = sign_in(client, GIVEN)
    assert (refused.status_code, refused.json()["code"]) == (403, "password-for-once")
    assert sign_in(client, OLD).status_code == 401

    answer = choose(client, GIVEN, OWN)

    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    assert sign_in(client, OWN).status_code == 200
    assert sign_in(client, GIVEN).status_code == 401
    told = [line.action for line in desk.store.read_now(queries.access_log)]
    assert told[-1] == "password-reset"
    assert "password-changed" in told


def test_what_the_hub_gives_next_counts_alone(client, desk):
    choose(client, GIVEN, OWN)
    publish(desk, NEXT)
    assert sign_in(client, OWN).status_code == 401
    assert sign_in(client, NEXT).status_code == 200


def test_a_given_password_is_good_for_a_day(client, desk):
    desk.clock.move(hours=25)
    assert choose(client, GIVEN, OWN).status_code == 401
    assert sign_in(client, OLD).status_code == 401


def test_the_same_or_a_short_password_is_not_one_s_own(client):
    assert choose(client, GIVEN, GIVEN).status_code == 403
    short = choose(client, GIVEN, "short")
    assert short.status_code == 422
    assert "Власний пароль" in short.text
    assert sign_in(client, GIVEN).json()["code"] == "password-for-once"


def test_nobody_is_given_a_password_who_does_not_sign_in_here(desk):
    with pytest.raises(NotFound):
        desk.do(commands.reset_password, login="nobody", password_hash=HASHES[GIVEN], now=desk.clock.now())
