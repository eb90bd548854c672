"""The office's pages of appointments, with the line cut: the list, booking by telephone, reporting, the rules."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from html import unescape
from pathlib import Path

import pytest
from litestar import Litestar, Router
from litestar.di import Provide
from litestar.testing import TestClient

from edge_node.appointments import queries
from edge_node.appointments.controllers import controllers
from edge_node.appointments.model import BookingLink
from edge_node.settings import NodeSettings
from sync.vocabulary.appointment_rules import AppointmentRules, DayException, DeskGroup
from sync.vocabulary.office import OpeningDay
from sync.vocabulary.staff import Role
from sync.web.pages import PageSettings, folders_of
from sync.web.parts import WebParts, WebSettings
from tests.support.builders import a_member
from tests.support.front_desk import signed_in_as
from tests.support.office_day import SHV, OfficeDay
from tests.support.visits import visiting

SERVICE = "03-02"
TODAY, TOMORROW = date(2026, 11, 23), date(2026, 11, 24)
PAGE = "/desk/appointments"
WHO = {"name": "Іван Коваль", "phone": "067 111 22 33"}
RULES = {
    "opens_1": "9:00",
    "closes_1": "13:00",
    "exceptions": "24.12.2026\n26.12.2026 09:00-13:00",
    "desks_all": "3",
    "internet_all": "2",
    "slot_minutes": "20",
    "service_minutes": "09-01 40",
    "early_minutes": "15",
    "grace_minutes": "5",
    "lead_minutes": "60",
}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[OfficeDay]:
    opened = OfficeDay(tmp_path)
    opened.grant(TODAY)
    opened.grant(TOMORROW)
    yield opened
    opened.close()


@pytest.fixture
def visit(office: OfficeDay, tmp_path: Path) -> Callable[[Role], TestClient]:
    given = {
        "store": office.store,
        "clock": office.clock,
        "ids": office.ids,
        "settings": NodeSettings(office_id=SHV, folder=tmp_path),
    }
    web = WebSettings(
        pages=PageSettings(site_name="Шевченківський ЦНАП", packages=folders_of(["edge_node"])),
        version="0",
        sessions_path=":memory:",
        clock=office.clock,
    )
    app = Litestar(
        route_handlers=[Router("/", route_handlers=[*controllers])],
        dependencies={name: Provide(giver(value), sync_to_thread=False) for name, value in given.items()},
        plugins=[WebParts(web)],
    )

    @contextmanager
    def of(role: Role) -> Iterator[TestClient]:
        with visiting(app, signed_in_as(a_member("oksana", role))) as client:
            client.headers["accept"] = "text/html"
            yield client

    return of


def giver(value: object) -> Callable[[], object]:
    return lambda: value


def text_of(answer) -> str:
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def book(client: TestClient, slot: str = "09:00", *, day: date = TODAY) -> str:
    """A clerk books for who telephones; where the slip stands."""
    service = f"{PAGE}/new/{SERVICE}"
    kept = client.post(service, data={"at": f"{day} {slot}"}, follow_redirects=False)
    assert kept.status_code == 303, kept.text
    booked = client.post(kept.headers["location"], data=WHO, follow_redirects=False)
    assert booked.status_code == 303, booked.text
    return booked.headers["location"]


def test_a_clerk_books_for_who_telephones_while_the_line_is_cut(visit: Callable[[Role], TestClient]):
    with visit(Role.ADMINISTRATOR) as client:
        assert f"{PAGE}/new/{SERVICE}" in text_of(client.get(f"{PAGE}/new", params={"q": "обмін"}))
        assert 'value="2026-11-23 09:00"' in text_of(client.get(f"{PAGE}/new/{SERVICE}"))
        slip = text_of(client.get(book(client)))
        assert "23.11.2026, 09:00" in slip
        assert "Коваль" not in slip
        day = text_of(client.get(PAGE))
        assert "Іван Коваль" in day
        assert "+380 67 111 22 33" in day
        assert "Коваль" not in text_of(client.get(PAGE, params={"day": "2026-11-24"}))


def test_a_wrong_number_is_asked_again_and_the_time_stays_kept(visit: Callable[[Role], TestClient]):
    with visit(Role.RECEPTIONIST) as client:
        kept = client.post(f"{PAGE}/new/{SERVICE}", data={"at": "2026-11-24 09:00"}, follow_redirects=False)
        refused = client.post(kept.headers["location"], data={**WHO, "phone": "1"})
        assert refused.status_code == 422
        assert 'value="Іван Коваль"' in unescape(refused.text)
        gone = client.post(f"{PAGE}/new/{SERVICE}", data={"at": "2026-11-24 09:00"})
        assert gone.status_code == 409
        let_go = client.post(f"{kept.headers['location']}/let-go", follow_redirects=False)
        assert let_go.headers["location"] == f"{PAGE}/new/{SERVICE}"


def test_the_desk_gives_a_ticket_for_a_code_and_cancels_another(visit: Callable[[Role], TestClient], office: OfficeDay):
    with visit(Role.ADMINISTRATOR) as client:
        code = book(client).rpartition("/")[2]
        other = book(client, day=TOMORROW)
        early = client.post(f"{PAGE}/check-in", data={"booking_code": code})
        assert early.status_code == 409
        assert "08:30" in unescape(early.text)
    office.clock.move(minutes=50)
    with visit(Role.ADMINISTRATOR) as client:
        assert "Д001" in text_of(client.post(f"{PAGE}/check-in", data={"booking_code": code}))
        assert "Відвідувач прийшов" in text_of(client.get(PAGE))
        _, document_id, other_code = other.rsplit("/", 2)
        cancelled = client.post(
            f"{PAGE}/cancel", data={"document_id": document_id, "code": other_code}, follow_redirects=False
        )
        assert cancelled.headers["location"] == f"{PAGE}?day=2026-11-24"
        assert "ніхто не записаний" in text_of(client.get(cancelled.headers["location"]))


def test_the_head_sets_the_rules_and_sees_them_as_set(visit: Callable[[Role], TestClient], office: OfficeDay):
    with visit(Role.OFFICE_HEAD) as client:
        assert 'value="12:00"' in text_of(client.get(f"{PAGE}/rules"))
        saved = client.post(f"{PAGE}/rules", data=RULES, follow_redirects=False)
        assert saved.status_code == 303, saved.text
        rules = office.store.read_now(partial(queries.rules, office_id=SHV))
        assert rules == AppointmentRules(
            hours=(OpeningDay(weekday=1, opens="09:00", closes="13:00"),),
            exceptions=(
                DayException(day=date(2026, 12, 24)),
                DayException(day=date(2026, 12, 26), opens="09:00", closes="13:00"),
            ),
            groups=(DeskGroup(group="all", desks=3, internet_desks=2),),
            slot_minutes=20,
            service_minutes={"09-01": 40},
            early_minutes=15,
            grace_minutes=5,
            lead_minutes=60,
        )
        page = text_of(client.get(f"{PAGE}/rules"))
        assert "26.12.2026 09:00-13:00" in page
        assert "09-01 40" in page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"closes_1": "8:00"}, "пізніше"),
        ({"opens_1": "рано"}, "наприклад 09:00"),
        ({"exceptions": "31.02.2026"}, "26.12.2026"),
        ({"internet_all": "4"}, "від 0 до 3"),
        ({"service_minutes": "довго"}, "09-01 30"),
    ],
)
def test_rules_that_cannot_be_kept_are_shown_again_with_the_reason(
    visit: Callable[[Role], TestClient], change: dict[str, str], said: str
):
    with visit(Role.OFFICE_HEAD) as client:
        refused = client.post(f"{PAGE}/rules", data={**RULES, **change})
        assert refused.status_code == 422
        assert said in unescape(refused.text)
        assert next(iter(change.values())) in refused.text


def test_others_neither_book_nor_set_rules(visit: Callable[[Role], TestClient]):
    with visit(Role.ADMINISTRATOR) as client:
        assert client.get(f"{PAGE}/rules").status_code == 403
    with visit(Role.REGISTRAR) as client:
        assert client.get(PAGE).status_code == 403


def test_who_must_be_called_stands_above_the_list(visit: Callable[[Role], TestClient]):
    with visit(Role.OFFICE_HEAD) as client:
        book(client, day=TOMORROW)
        client.post(f"{PAGE}/rules", data={**RULES, "exceptions": "24.11.2026", "slot_minutes": "15"})
        page = text_of(client.get(PAGE))
        assert "зателефонуйте людям" in page
        assert "Іван Коваль" in page


def test_a_program_reports_a_visitor_and_is_told_the_same_ticket_again(
    visit: Callable[[Role], TestClient], office: OfficeDay
):
    office.move_to(datetime(2026, 11, 23, 7, 5, tzinfo=UTC))
    with visit(Role.RECEPTIONIST) as client:
        code = book(client, "09:30").rsplit("/", 1)[-1]
        asked = {"json": {"code": f"{code[:4].lower()} {code[4:]}"}, "headers": {"accept": "application/json"}}
        first, again = (client.post("/api/appointments/arrivals", **asked) for _ in range(2))
        assert first.status_code == again.status_code == 200, first.text
        assert first.json()["ticket"]["number"] == again.json()["ticket"]["number"] == "Д001"
        assert first.json()["begins_at"] == "2026-11-23T07:30:00Z"
        assert again.json()["print_job_id"] is None
        unknown = client.post("/api/appointments/arrivals", json={"code": "N0SVCH00"}, headers=asked["headers"])
        assert (unknown.status_code, unknown.json()["code"]) == (404, "booking-not-found")
    with visit(Role.REGISTRAR) as client:
        assert client.post("/api/appointments/arrivals", **asked).status_code == 403


@pytest.mark.parametrize(
    "address", ["https://shv.example/appointments/{link}", "http://10.0.0.5/appointments/{link}/?lang=en"]
)
def test_the_desk_takes_the_link_that_a_reader_reads_from_the_slip(
    visit: Callable[[Role], TestClient], office: OfficeDay, address: str
):
    with visit(Role.ADMINISTRATOR) as client:
        _, document_id, code = book(client).rsplit("/", 2)
    link = "Zk3-slip_of_Ivan0"
    kept = BookingLink(link=link, document_id=document_id, code=code, day=TODAY.isoformat())
    office.store.run_now(partial(queries.save_link, kept=kept))
    office.clock.move(minutes=50)
    with visit(Role.ADMINISTRATOR) as client:
        assert "Д001" in text_of(client.post(f"{PAGE}/check-in", data={"booking_code": address.format(link=link)}))


@pytest.mark.parametrize(
    ("read", "said"),
    [
        ("4820000000017", "Введіть вісім літер і цифр коду запису"),
        ("https://city.example/appointments/somebody-elses", "Це посилання не з бланка запису цього центру"),
        ("https://city.example/tickets/Zk3", "Це посилання не з бланка запису цього центру"),
    ],
)
def test_what_is_no_code_of_an_appointment_is_refused_with_the_field_and_the_rule(
    visit: Callable[[Role], TestClient], read: str, said: str
):
    with visit(Role.ADMINISTRATOR) as client:
        refused = client.post(f"{PAGE}/check-in", data={"booking_code": read})
        assert refused.status_code == 422
        page = unescape(refused.text)
        assert said in page
        assert f'value="{read}"' in page
        asked = {"json": {"code": read}, "headers": {"accept": "application/json"}}
        (error,) = client.post("/api/appointments/arrivals", **asked).json()["errors"]
        assert error["field"] == "booking_code"


def test_the_slip_of_today_gives_the_ticket_too(visit: Callable[[Role], TestClient]):
    with visit(Role.ADMINISTRATOR) as client:
        assert "/desk/appointments/check-in" in client.get(book(client)).text
        assert "/desk/appointments/check-in" not in client.get(book(client, day=TOMORROW)).text
