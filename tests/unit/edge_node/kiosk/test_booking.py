"""A place on another day at the kiosk, with the line cut: day, time, number, slip; then changed by the slip's link."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from html import unescape
from pathlib import Path

import pytest
from litestar.testing import TestClient
from msgspec import structs

from edge_node.appointments import commands
from edge_node.appointments import queries as appointments
from edge_node.printing import queries as printing
from edge_node.printing.model import SMALL_PAPERS, PaperKind
from edge_node.settings import ListenSettings, NodeSettings
from sync.vocabulary.booking import Way
from sync.vocabulary.offers import ACTIVE_MAX, HOLD_TIME, SlotWanted
from sync.vocabulary.working_days import KYIV
from tests.support import hall_app as app_of_hall
from tests.support.hall_app import hall_app, visiting
from tests.support.office_day import SHV, OfficeDay

Client = TestClient
PAGE = {"accept": "text/html"}
TODAY, TOMORROW, NEXT = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25)
PHONE = "067 111 22 33"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[OfficeDay]:
    opened = OfficeDay(tmp_path)
    for day in (TODAY, TOMORROW, NEXT):
        opened.grant(day)
    yield opened
    opened.close()


@pytest.fixture
def kiosk(office: OfficeDay, tmp_path: Path) -> Iterator[Client]:
    with visiting(hall_app(office, folder=tmp_path)) as client:
        client.headers["accept"] = "text/html"
        yield client


@pytest.fixture
def address(kiosk: Client, tmp_path: Path) -> str:
    """Visitors' phones reach this office."""
    app_of_hall._given["settings"] = NodeSettings(
        office_id=SHV, folder=tmp_path, listen=ListenSettings(public_url="https://shv.example")
    )
    return "https://shv.example"


def days_of(office: OfficeDay) -> str:
    return f"/kiosk/services/{office.service.code}/days"


def keep(kiosk: Client, office: OfficeDay, *, day: date = TOMORROW, slot: str = "09:00") -> str:
    """Touch a time; where the number is asked."""
    kept = kiosk.post(f"{days_of(office)}/{day}", data={"slot": slot}, follow_redirects=False)
    assert kept.status_code == 303, kept.text
    return kept.headers["location"]


def book(kiosk: Client, office: OfficeDay, *, slot: str = "09:00", phone: str = PHONE) -> str:
    """Book it; where it is shown."""
    booked = kiosk.post(keep(kiosk, office, slot=slot), data={"phone": phone}, follow_redirects=False)
    assert booked.status_code == 303, booked.text
    return booked.headers["location"]


def link_in(address: str) -> str:
    return address.rsplit("/", 1)[-1]


def booked_on(office: OfficeDay, day: date = TOMORROW):
    sheet = office.store.read_now(lambda reader: appointments.day_sheet(reader, office_id=SHV, day=day))
    return [line.booking for line in sheet.lines]


def slips(office: OfficeDay):
    jobs = office.store.read_now(lambda reader: printing.ordered(reader, kinds=SMALL_PAPERS))
    return [job.details.appointment for job in jobs if job.kind is PaperKind.APPOINTMENT]


def test_from_a_service_to_a_slip_with_no_line_to_the_city(kiosk: Client, office: OfficeDay):
    assert f'href="{days_of(office)}"' in kiosk.get(f"/kiosk/services/{office.service.code}").text
    days = kiosk.get(days_of(office)).text
    assert f'href="{days_of(office)}/{TOMORROW}"' in days
    assert f"/days/{TODAY}" not in days, "for today a ticket is taken"
    assert 'value="09:00"' in kiosk.get(f"{days_of(office)}/{TOMORROW}").text
    asked = kiosk.get(keep(kiosk, office))
    assert "Вівторок, 24.11.2026, 09:00" in unescape(asked.text)
    shown = unescape(kiosk.post(str(asked.url), data={"phone": PHONE}).text)

    (booking,) = booked_on(office)
    assert (booking.phone, booking.way, booking.name, booking.language) == ("+380671112233", Way.KIOSK, "", "uk")
    assert f"{booking.code[:4]} {booking.code[4:]}" in shown
    assert "З 08:30 до 09:10" in shown
    assert "Бланк друкується" in shown
    (slip,) = slips(office)
    assert (slip.code, slip.service_name) == (booking.code, office.service.name_uk)
    assert slip.begins_at == datetime.combine(TOMORROW, time(9), KYIV)


def test_the_number_stands_on_no_page_no_slip_and_in_no_address(kiosk: Client, office: OfficeDay):
    shown = kiosk.get(book(kiosk, office))
    (job,) = office.store.read_now(lambda reader: printing.ordered(reader, kinds=SMALL_PAPERS))
    for text in (shown.text, str(shown.url), printing.details_json(job.details)):
        assert "1112233" not in re.sub(r"\D", "", text)


def test_a_second_touch_is_the_same_booking_and_one_slip(kiosk: Client, office: OfficeDay):
    asked = keep(kiosk, office)
    first, second = (kiosk.post(asked, data={"phone": PHONE}, follow_redirects=False) for _ in range(2))
    assert first.headers["location"] == second.headers["location"]
    assert len(booked_on(office)) == len(slips(office)) == 1


def test_a_wrong_number_is_asked_again_and_the_time_stays_kept(kiosk: Client, office: OfficeDay):
    asked = keep(kiosk, office)
    for wrong in ("1", ""):
        refused = kiosk.post(asked, data={"phone": wrong})
        assert refused.status_code == 422
        assert f'value="{wrong}"' in refused.text
        assert f'action="{asked}"' in refused.text
    assert kiosk.post(asked, data={"phone": PHONE}).status_code == 200


def test_a_time_taken_meanwhile_is_said_and_the_others_are_shown(kiosk: Client, office: OfficeDay):
    office.book(TOMORROW, time(9))
    refused = kiosk.post(f"{days_of(office)}/{TOMORROW}", data={"slot": "09:00"})
    assert refused.status_code == 409
    assert "вільних місць уже немає" in refused.text
    assert 'value="09:15"' in refused.text
    assert 'value="09:00"' not in refused.text


def test_the_fifth_appointment_of_one_number_is_refused_in_words(kiosk: Client, office: OfficeDay):
    for slot in ("09:00", "09:15", "09:30", "09:45"):
        book(kiosk, office, slot=slot)
    asked = keep(kiosk, office, slot="10:00")
    refused = kiosk.post(asked, data={"phone": PHONE})
    assert refused.status_code == 409
    assert f"вже є {ACTIVE_MAX} записи" in refused.text
    assert kiosk.post(asked, data={"phone": "0671112234"}).status_code == 200


def test_a_time_kept_too_long_is_free_again_and_said_to_be(kiosk: Client, office: OfficeDay):
    asked = keep(kiosk, office)
    assert 'value="09:00"' not in kiosk.get(f"{days_of(office)}/{TOMORROW}").text
    office.clock.move(seconds=HOLD_TIME.total_seconds() + 1)
    assert 'value="09:00"' in kiosk.get(f"{days_of(office)}/{TOMORROW}").text
    refused = kiosk.post(asked, data={"phone": PHONE})
    assert refused.status_code == 404
    assert "Час більше не збережено" in refused.text
    assert f'href="{days_of(office)}"' in refused.text
    assert booked_on(office) == []


def test_going_back_or_away_lets_the_time_go(kiosk: Client, office: OfficeDay):
    asked = keep(kiosk, office)
    assert f'data-idle-tell="{asked}/let-go"' in kiosk.get(asked).text
    back = kiosk.post(f"{asked}/let-go")
    assert back.url.path == f"{days_of(office)}/{TOMORROW}"
    assert 'value="09:00"' in back.text
    assert kiosk.post(f"{asked}/let-go").url.path == days_of(office), "also when it is gone already"


def touch(kiosk: Client, office: OfficeDay, slot: str, *, language: str = "uk"):
    """Somebody at this address, in a browser that keeps nothing, touches a time."""
    kiosk.cookies.clear()
    return kiosk.post(f"{days_of(office)}/{TOMORROW}?lang={language}", data={"slot": slot}, follow_redirects=False)


@pytest.mark.parametrize(("language", "said"), [("uk", "обрано забагато часу"), ("en", "Too many times were chosen")])
def test_one_address_keeps_a_few_times_and_no_more(kiosk: Client, office: OfficeDay, language: str, said: str):
    for slot in ("09:00", "09:15", "09:30"):
        assert touch(kiosk, office, slot).status_code == 303
    refused = touch(kiosk, office, "09:45", language=language)
    assert refused.status_code == 429
    assert said in refused.text
    assert 'value="09:45"' in kiosk.get(f"{days_of(office)}/{TOMORROW}").text
    office.clock.move(seconds=HOLD_TIME.total_seconds() + 1)
    assert touch(kiosk, office, "09:45").status_code == 303


def test_whoever_comes_to_the_kiosk_next_is_never_refused_for_who_went_away(kiosk: Client, office: OfficeDay):
    for slot in ("09:00", "09:15", "09:30", "09:45", "10:00"):
        asked = keep(kiosk, office, slot=slot)
    assert 'value="09:45"' in kiosk.get(f"{days_of(office)}/{TOMORROW}").text, "one browser keeps one time"
    assert kiosk.post(asked, data={"phone": PHONE}, follow_redirects=False).status_code == 303
    assert keep(kiosk, office, slot="09:00")
    assert len(booked_on(office)) == 1


def test_staff_keep_as_many_times_as_telephones_ring(office: OfficeDay):
    for slot in (time(9), time(9, 15), time(9, 30), time(9, 45)):
        office.act(commands.hold, wanted=SlotWanted(day=TOMORROW, slot=slot, service_code=office.service.code))


def test_a_full_office_says_when_the_next_day_opens(kiosk: Client, office: OfficeDay):
    office.clock.move(minutes=60 * 24 * 3)
    assert "Вільних місць зараз немає" in kiosk.get(days_of(office)).text
    assert "вільного часу вже немає" in kiosk.get(f"{days_of(office)}/{NEXT}").text


def test_a_service_that_the_office_receives_for_without_appointment_offers_none(kiosk: Client, office: OfficeDay):
    rules = office.store.read_now(lambda reader: appointments.rules(reader, office_id=SHV))
    office.act(commands.set_rules, rules=structs.replace(rules, groups=()))
    assert "/days" not in kiosk.get(f"/kiosk/services/{office.service.code}").text
    assert kiosk.get(days_of(office)).status_code == 409


def test_who_booked_in_english_is_reminded_and_answered_in_english(kiosk: Client, office: OfficeDay):
    kiosk.get("/kiosk?lang=en")
    shown = kiosk.get(book(kiosk, office)).text
    assert "You are booked" in shown
    (booking,) = booked_on(office)
    (slip,) = slips(office)
    assert booking.language == slip.language == "en"


def test_the_qr_code_is_the_code_until_phones_reach_the_office(kiosk: Client, office: OfficeDay, address: str):
    link = link_in(book(kiosk, office))
    (slip,) = slips(office)
    assert slip.link == f"{address}/appointments/{link}"
    assert "Наведіть телефон" in kiosk.get(f"/kiosk/bookings/{link}").text
    app_of_hall._given["settings"] = NodeSettings(office_id=SHV, folder=office.store.path.parent)
    assert "Наведіть телефон" not in kiosk.get(f"/kiosk/bookings/{link}").text


def test_on_its_day_the_slip_s_qr_code_becomes_a_ticket_and_before_it_says_when(
    kiosk: Client, office: OfficeDay, address: str
):
    link = link_in(book(kiosk, office))
    (booking,) = booked_on(office)
    for read in (f"{address}/appointments/{link}", f"{booking.code[:4].lower()} {booking.code[4:]}"):
        assert kiosk.post("/kiosk/code", data={"booking_code": read}).url.path == f"/kiosk/bookings/{link}"
    office.move_to(datetime.combine(TOMORROW, time(9), KYIV) - timedelta(minutes=10))
    shown = kiosk.post("/kiosk/code", data={"booking_code": f"{address}/appointments/{link}"})
    assert shown.url.path.startswith("/kiosk/tickets/")
    assert "Ви записані на 09:00" in shown.text


def test_a_booking_is_cancelled_at_the_kiosk_after_one_more_question(kiosk: Client, office: OfficeDay):
    shown = book(kiosk, office)
    assert f'href="{shown}/cancel"' in kiosk.get(shown).text
    assert "Скасувати запис?" in kiosk.get(f"{shown}/cancel").text
    assert "Запис скасовано" in kiosk.post(f"{shown}/cancel", data={"sure": "yes"}).text
    assert booked_on(office) == []
    assert 'value="09:00"' in kiosk.get(f"{days_of(office)}/{TOMORROW}").text
    assert kiosk.get(shown).status_code == 404
    assert kiosk.post(f"{shown}/cancel").status_code == 404


def test_on_a_phone_the_booking_moves_and_keeps_its_link(kiosk: Client, office: OfficeDay):
    phone = f"/appointments/{link_in(book(kiosk, office))}"
    assert "24.11.2026, 09:00" in kiosk.get(phone).text
    assert f'value="{NEXT} 10:00"' in kiosk.get(f"{phone}/times").text
    assert "25.11.2026, 10:00" in kiosk.get(f"{phone}/move", params={"at": f"{NEXT} 10:00"}).text
    moved = kiosk.post(f"{phone}/move", data={"at": f"{NEXT} 10:00"})
    assert moved.url.path == phone
    assert "25.11.2026, 10:00" in moved.text
    assert booked_on(office) == []
    (booking,) = booked_on(office, NEXT)
    assert (booking.phone, booking.way) == ("+380671112233", Way.KIOSK)


def test_a_move_to_a_time_taken_meanwhile_leaves_the_booking_where_it_was(kiosk: Client, office: OfficeDay):
    phone = f"/appointments/{link_in(book(kiosk, office))}"
    office.book(NEXT, time(10))
    refused = kiosk.post(f"{phone}/move", data={"at": f"{NEXT} 10:00"})
    assert refused.status_code == 409
    assert f'value="{NEXT} 10:15"' in refused.text
    assert len(booked_on(office)) == 1


@pytest.mark.parametrize("at", ["2026-02-30 09:00", "2026-11-25", "<b>"])
def test_a_time_that_no_calendar_has_is_refused(kiosk: Client, office: OfficeDay, at: str):
    phone = f"/appointments/{link_in(book(kiosk, office))}"
    assert kiosk.get(f"{phone}/move", params={"at": at}).status_code == 422
    assert kiosk.post(f"{phone}/move", data={"at": at}).status_code == 422


def test_on_a_phone_the_booking_is_cancelled_and_its_link_opens_nothing_more(kiosk: Client, office: OfficeDay):
    phone = f"/appointments/{link_in(book(kiosk, office))}"
    assert "Скасувати запис?" in kiosk.get(f"{phone}/cancel").text
    assert "Запис скасовано" in kiosk.post(f"{phone}/cancel").text
    assert booked_on(office) == []
    assert kiosk.get(phone).status_code == 404


def test_once_its_hour_has_come_nothing_is_changed_any_more(kiosk: Client, office: OfficeDay):
    phone = f"/appointments/{link_in(book(kiosk, office))}"
    office.move_to(datetime.combine(TOMORROW, time(9), KYIV) + timedelta(minutes=1))
    assert f'href="{phone}/cancel"' not in kiosk.get(phone).text
    assert kiosk.post(f"{phone}/cancel").status_code == 409
    assert kiosk.post(f"{phone}/move", data={"at": f"{NEXT} 10:00"}).status_code == 409
    assert len(booked_on(office)) == 1


def test_a_guessed_link_opens_nothing(kiosk: Client):
    for address in ("/appointments/GUESS", "/kiosk/bookings/GUESS", "/live/kiosk/bookings/GUESS/paper"):
        assert kiosk.get(address).status_code == 404, address


def test_links_are_forgotten_with_their_day(kiosk: Client, office: OfficeDay):
    link = link_in(book(kiosk, office))
    office.clock.move(minutes=60 * 24)
    kept = kiosk.post(f"{days_of(office)}/{NEXT}", data={"slot": "09:00"}, follow_redirects=False)
    kiosk.post(kept.headers["location"], data={"phone": PHONE})
    assert office.store.read_now(lambda reader: appointments.booking_link(reader, link=link)) is not None
    office.grant(date(2026, 11, 26))
    office.clock.move(minutes=60 * 24)
    kept = kiosk.post(f"{days_of(office)}/2026-11-26", data={"slot": "09:00"}, follow_redirects=False)
    kiosk.post(kept.headers["location"], data={"phone": PHONE})
    assert office.store.read_now(lambda reader: appointments.booking_link(reader, link=link)) is None
