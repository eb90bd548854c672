"""Sessions and guesses: what a session is good for, when it ends, and how guessing is slowed down."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest

from sync.web.passwords import FREE_ATTEMPTS
from tests.support.houses import PASSWORD, House, hub_house, node_house

Furnish = Callable[..., AbstractContextManager[House]]
WRONG = "неправильний пароль"
GUESSES_AT_ONCE = 12
NAMES = {"office": ("session-shv", "oksana"), "hub": ("session-hub", "taras")}


@pytest.fixture(params=["office", "hub"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One whose clock these tests may move."""
    furnish = node_house if request.param == "office" else hub_house
    with furnish(tmp_path_factory.mktemp(request.param)) as house:
        yield house


@pytest.fixture
def cookie(request: pytest.FixtureRequest) -> str:
    return NAMES[request.node.callspec.params["house"]][0]


@pytest.fixture
def login(request: pytest.FixtureRequest) -> str:
    return NAMES[request.node.callspec.params["house"]][1]


def sign_in(visitor: httpx.Client, login: str, password: str = PASSWORD) -> httpx.Response:
    return visitor.post("/api/session", json={"login": login, "password": password})


def is_in(visitor: httpx.Client) -> bool:
    """Whether a guarded address of either app lets the visitor in."""
    answers = {visitor.get(address).status_code for address in ("/api/session", "/api/city/offices")}
    return 200 in answers


class TestASession:
    def test_changes_its_id_at_sign_in_and_ends_on_the_server_at_sign_out(
        self, house: House, cookie: str, login: str
    ) -> None:
        visitor = house.visitor()
        visitor.cookies.set(cookie, "chosen-by-somebody-else", domain="house.test")
        sign_in(visitor, login)
        first = visitor.cookies.get(cookie, domain="house.test")
        assert first != "chosen-by-somebody-else"
        assert is_in(visitor)

        sign_in(visitor, login)
        second = visitor.cookies.get(cookie, domain="house.test")
        assert second != first
        assert not is_in(with_cookie(house, cookie, first))

        visitor.delete("/api/session")
        assert not is_in(with_cookie(house, cookie, second))

    def test_ends_half_an_hour_after_the_last_act_and_twelve_hours_after_the_first(
        self, house: House, login: str
    ) -> None:
        idle, busy = house.visitor(login), house.visitor(login)
        house.clock.move(minutes=29)
        assert is_in(busy)
        house.clock.move(minutes=2)
        assert not is_in(idle)
        for _ in range(23):
            assert is_in(busy)
            house.clock.move(minutes=29)
        assert is_in(busy)
        house.clock.move(minutes=25)
        assert not is_in(busy)

    def test_is_not_kept_alive_by_a_page_that_asks_by_itself(self, house: House, login: str) -> None:
        visitor = house.visitor(login)
        for _ in range(4):
            house.clock.move(minutes=10)
            visitor.get("/live/truth")
        assert not is_in(visitor)

    def test_is_named_by_a_cookie_no_script_reads(self, house: House, login: str) -> None:
        set_cookie = sign_in(house.visitor(), login).headers["set-cookie"].lower()
        assert {"httponly", "samesite=lax", "path=/"} <= {part.strip() for part in set_cookie.split(";")}


class TestGuessing:
    def test_is_slowed_down_without_locking_the_account_for_good(self, house: House, login: str) -> None:
        guesser = house.visitor()
        answers = [sign_in(guesser, login, WRONG).status_code for _ in range(7)]
        assert answers == [401] * 5 + [429] * 2
        refused = sign_in(guesser, login)
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0
        house.clock.move(minutes=16)
        assert sign_in(guesser, login).status_code == 200

    def test_many_guesses_at_once_get_no_further_than_one_after_another(self, house: House, login: str) -> None:
        guesser = house.visitor()
        with ThreadPoolExecutor(GUESSES_AT_ONCE) as guessers:
            asked = [guessers.submit(sign_in, guesser, login, WRONG) for _ in range(GUESSES_AT_ONCE)]
        codes = Counter(each.result().status_code for each in asked)
        assert codes == {401: FREE_ATTEMPTS, 429: GUESSES_AT_ONCE - FREE_ATTEMPTS}

    def test_learns_nothing_of_who_works_here(self, house: House, login: str) -> None:
        guesser = house.visitor()
        known, unknown = sign_in(guesser, login, WRONG), sign_in(guesser, "nobody-at-all", WRONG)
        assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())


def with_cookie(house: House, name: str, value: str | None) -> httpx.Client:
    visitor = house.visitor()
    visitor.cookies.set(name, value or "", domain="house.test")
    return visitor


@pytest.mark.parametrize(("furnish", "login"), [(node_house, "oksana"), (hub_house, "taras")])
def test_behind_https_the_cookie_stays_off_plain_http(furnish: Furnish, login: str, tmp_path: Path) -> None:
    with furnish(tmp_path, is_https=True) as house:
        set_cookie = sign_in(house.visitor(), login).headers["set-cookie"].lower()
    assert "secure" in {part.strip() for part in set_cookie.split(";")}
