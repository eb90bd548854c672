"""A session is one person at one place for a limited time."""

import asyncio
import sqlite3
from pathlib import Path

from litestar import Litestar
from litestar.testing import TestClient

from sync.vocabulary.ids import StaffId
from sync.web.sessions import IDLE_SECONDS_MAX, SESSIONS_PER_STAFF_MAX, SIGNED_IN_SECONDS_MAX, SessionStore
from tests.unit.web.conftest import HandClock, sessions_of

Client = TestClient[Litestar]
STAFF = StaffId("01J0000000000000000000STAFF")
PAGE = {"accept": "text/html"}


def test_who_is_not_signed_in_is_told_so_or_led_to_the_door(client: Client) -> None:
    assert client.get("/api/me").status_code == 401

    page = client.get("/api/me?a=1", headers=PAGE, follow_redirects=False)

    assert (page.status_code, page.headers["location"]) == (303, "/sign-in?next=%2Fapi%2Fme%3Fa%3D1")


def test_a_piece_of_a_page_sends_the_whole_page_to_sign_in(client: Client) -> None:
    piece = {**PAGE, "hx-request": "true", "hx-current-url": "http://testserver.local/desk?tab=2"}

    answer = client.get("/api/me", headers=piece, follow_redirects=False)

    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in?next=%2Fdesk%3Ftab%3D2")


def test_a_visitor_leaves_no_session_and_gets_no_cookie(client: Client, app: Litestar) -> None:
    answer = client.get("/", headers=PAGE)

    assert "set-cookie" not in answer.headers


def test_who_signs_in_is_known_until_they_sign_out(client: Client) -> None:
    client.post("/sign-in")
    assert client.get("/api/me").json()["name"] == "Оксана Тестова"

    client.post("/sign-out")

    assert client.get("/api/me").status_code == 401


def test_a_role_that_lacks_the_permission_is_refused(client: Client) -> None:
    client.post("/sign-in")

    assert client.get("/api/devices").status_code == 200
    assert client.get("/api/cases").status_code == 403
    assert client.get("/api/cases", headers=PAGE).status_code == 403


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client: Client) -> None:
    cookie = client.post("/sign-in").headers["set-cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_an_id_known_before_sign_in_opens_nothing_after_it(client: Client) -> None:
    client.cookies.set("session", "planted-by-somebody")

    client.post("/sign-in")

    assert client.cookies.get("session", domain="testserver.local") != "planted-by-somebody"
    client.cookies.clear()
    assert client.get("/api/me", headers={"cookie": "session=planted-by-somebody"}).status_code == 401


def test_half_an_hour_without_an_act_ends_a_session(client: Client, clock: HandClock) -> None:
    client.post("/sign-in")
    clock.pass_by(seconds=IDLE_SECONDS_MAX - 1)
    assert client.get("/api/me").status_code == 200
    clock.pass_by(seconds=IDLE_SECONDS_MAX - 1)
    assert client.get("/api/me").status_code == 200

    clock.pass_by(seconds=IDLE_SECONDS_MAX)

    assert client.get("/api/me").status_code == 401


def test_what_a_page_asks_by_itself_keeps_nobody_signed_in(client: Client, clock: HandClock) -> None:
    client.post("/sign-in")
    for _ in range(6):
        clock.pass_by(minutes=6)
        client.get("/live/me")

    assert client.get("/api/me").status_code == 401


def test_twelve_hours_end_a_session_however_busy(client: Client, clock: HandClock) -> None:
    client.post("/sign-in")
    for _ in range(SIGNED_IN_SECONDS_MAX // 1200 - 1):
        clock.pass_by(minutes=20)
        assert client.get("/api/me").status_code == 200

    clock.pass_by(minutes=20)

    assert client.get("/api/me").status_code == 401


def test_the_sessions_of_a_colleague_can_be_seen_and_ended(client: Client, app: Litestar) -> None:
    client.post("/sign-in")
    sessions = sessions_of(app).of_staff(STAFF)
    assert len(sessions) == 1

    assert sessions_of(app).end_all_of(STAFF) == 1

    assert client.get("/api/me").status_code == 401


def test_one_person_has_no_more_sessions_than_the_limit(client: Client, app: Litestar, clock: HandClock) -> None:
    for _ in range(SESSIONS_PER_STAFF_MAX + 3):
        client.cookies.clear()
        client.post("/sign-in")
        clock.pass_by(seconds=1)

    assert len(sessions_of(app).of_staff(STAFF)) == SESSIONS_PER_STAFF_MAX


async def _keep(path: Path, clock: HandClock) -> None:
    await SessionStore(path, clock=clock).set("the-id", b'{"signed_in": {"staff_id": "S"}}')


def test_the_file_of_sessions_outlives_a_restart_and_holds_no_id(tmp_path: Path, clock: HandClock) -> None:
    path = tmp_path / "sessions.db"
    asyncio.run(_keep(path, clock))

    again = SessionStore(path, clock=clock)

    assert asyncio.run(again.get("the-id")) == b'{"signed_in": {"staff_id": "S"}}'
    assert "the-id" not in "".join(sqlite3.connect(path).iterdump())
