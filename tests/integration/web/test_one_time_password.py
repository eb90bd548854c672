"""The hub's console gives a one-time password; its owner exchanges it for their own, which their office hears of."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from central_hub.directory import commands, queries
from central_hub.storage import HubStore
from sync.web.passwords import hash_password
from tests.support.clock import SeededIds
from tests.support.houses import PASSWORD, House, hub_house

GIVEN, OWN = "q2Wx-once-81", "верба над Лопанню"
HASH = hash_password(GIVEN)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[House]:
    with hub_house(tmp_path) as house:
        ids, now = SeededIds(house.clock, seed=8), house.clock.now()
        assert isinstance(house.store, HubStore)
        house.store.run_now(partial(commands.reset_password, login="taras", password_hash=HASH, ids=ids, now=now))
        yield house


def sign_in(hub: House, password: str) -> httpx.Response:
    return hub.visitor().post("/api/session", json={"login": "taras", "password": password})


def choose(hub: House, password: str, new_password: str) -> httpx.Response:
    form = {"login": "taras", "password": password, "new_password": new_password}
    return hub.visitor(accept="text/html").post("/sign-in/password", data=form)


def test_a_given_password_lets_nobody_in_before_it_is_exchanged(hub: House) -> None:
    refused = sign_in(hub, GIVEN)
    assert (refused.status_code, refused.json()["code"]) == (403, "password-for-once")
    assert sign_in(hub, PASSWORD).status_code == 401
    assert choose(hub, GIVEN, GIVEN).status_code == 403
    assert choose(hub, GIVEN, "short").status_code == 422

    assert choose(hub, GIVEN, OWN).status_code == 303

    assert sign_in(hub, OWN).status_code == 200
    assert sign_in(hub, GIVEN).status_code == 401
    assert isinstance(hub.store, HubStore)
    told = [line.action for line in hub.store.read_now(partial(queries.log_of, subject="taras"))]
    assert (told[-1], "change_password" in told) == ("reset_password", True)


def test_a_given_password_is_good_for_a_day(hub: House) -> None:
    hub.clock.move(hours=25)
    assert choose(hub, GIVEN, OWN).status_code == 401


def test_the_page_says_what_is_to_do(hub: House) -> None:
    page = hub.visitor(accept="text/html").get("/sign-in/password")
    assert page.status_code == 200
    assert 'autocomplete="new-password"' in page.text
