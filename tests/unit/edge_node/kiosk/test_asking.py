"""Who comes with a number in hand: a booking becomes a ticket, a ticket is found again, a case says where it stands."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from sync.vocabulary.case import EventKind
from sync.vocabulary.working_days import KYIV
from sync.web.passwords import Throttle
from tests.support.case_office import CaseOffice
from tests.support.hall_app import hall_app, visiting
from tests.support.office_day import OfficeDay

Client = TestClient[Litestar]
PAGE = {"accept": "text/html"}
FACTOR = "3456"  # of every case of CaseOffice


@pytest.fixture
def day(tmp_path: Path) -> OfficeDay:
    return OfficeDay(tmp_path)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[CaseOffice]:
    office = CaseOffice(tmp_path)
    yield office
    office.close()


def fresh_kiosk(office: CaseOffice, folder: Path) -> Litestar:
    """Nobody has guessed at it yet: tests share one app."""
    app = hall_app(office, folder=folder)
    app.state["kiosk_tries"] = Throttle()
    return app


def booked_for_tomorrow(day: OfficeDay) -> tuple[str, datetime]:
    """The code of a booking at ten, and that hour."""
    tomorrow: date = day.clock.now().astimezone(KYIV).date() + timedelta(days=1)
    day.grant(tomorrow)
    booked = day.book(tomorrow, time(10))
    return booked.code, datetime.combine(tomorrow, time(10), tzinfo=KYIV)


def test_a_booking_becomes_a_ticket_and_the_same_code_finds_it_again(day: OfficeDay, tmp_path: Path) -> None:
    code, hour = booked_for_tomorrow(day)
    day.move_to(hour - timedelta(minutes=5))
    with visiting(hall_app(day, folder=tmp_path)) as kiosk:
        shown = kiosk.post("/kiosk/code", data={"booking_code": code.lower()}, headers=PAGE)
        again = kiosk.post("/kiosk/code", data={"booking_code": f"{code[:4]} {code[4:]}"}, headers=PAGE)
        scanned = kiosk.post(
            "/kiosk/code", data={"booking_code": str(shown.url).replace("/kiosk/tickets", "/tickets")}, headers=PAGE
        )
    assert "Д001" in shown.text
    assert again.url == shown.url == scanned.url


@pytest.mark.parametrize(
    ("read", "status", "said"),
    [
        ("N0SVCH00", 404, "Запису з таким кодом"),
        ("4820000000017", 422, "вісім літер і цифр"),
        ("/", 422, "не з бланка запису цього центру"),
        ("https://hub.example/appointments/somebody-elses", 422, "не з бланка запису цього центру"),
    ],
)
def test_what_is_no_code_of_this_office_is_said_to_be_none_and_may_be_corrected(
    day: OfficeDay, tmp_path: Path, read: str, status: int, said: str
) -> None:
    with visiting(hall_app(day, folder=tmp_path)) as kiosk:
        answer = kiosk.post("/kiosk/code", data={"booking_code": read}, headers=PAGE)
    assert answer.status_code == status
    assert said in answer.text
    assert 'id="booking_code"' in answer.text


def test_who_comes_too_early_is_told_from_when(day: OfficeDay, tmp_path: Path) -> None:
    code, hour = booked_for_tomorrow(day)
    day.move_to(hour - timedelta(hours=3))
    with visiting(hall_app(day, folder=tmp_path)) as kiosk:
        answer = kiosk.post("/kiosk/code", data={"booking_code": code}, headers=PAGE)
    assert answer.status_code == 409


def test_a_case_says_where_it_stands_and_names_nobody(office: CaseOffice, tmp_path: Path) -> None:
    case = office.register()
    office.step(case, EventKind.HANDED_OVER)
    with visiting(fresh_kiosk(office, tmp_path)) as kiosk:
        told = kiosk.post("/kiosk/case", data={"number": case.number, "second_factor": FACTOR}, headers=PAGE)
    assert told.status_code == 200
    assert str(case.number) in told.text
    assert "23.12.2026" in told.text
    assert "Ґалаґан" not in told.text
    assert 'data-idle-seconds="30"' in told.text
    assert str(told.url).endswith("/kiosk/case"), "the number stands in no address"


def test_a_wrong_factor_and_an_unknown_number_are_answered_alike(office: CaseOffice, tmp_path: Path) -> None:
    case = office.register()
    with visiting(fresh_kiosk(office, tmp_path)) as kiosk:
        answers = [
            kiosk.post("/kiosk/case", data={"number": number, "second_factor": "0000"}, headers=PAGE)
            for number in (case.number, "SHV-2026-0009999-9")
        ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert all("немає справи" in answer.text for answer in answers)


def test_who_guesses_at_one_case_is_slowed_down_and_nobody_else_is(office: CaseOffice, tmp_path: Path) -> None:
    case, other = office.register(), office.register()
    with visiting(fresh_kiosk(office, tmp_path)) as kiosk:
        guesses = [
            kiosk.post("/kiosk/case", data={"number": case.number, "second_factor": f"000{guess}"}).status_code
            for guess in range(7)
        ]
        told = kiosk.post("/kiosk/case", data={"number": other.number, "second_factor": FACTOR}, headers=PAGE)
    assert guesses[-1] == 429
    assert told.status_code == 200
