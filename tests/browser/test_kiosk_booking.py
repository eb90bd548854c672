"""A place on another day booked at the kiosk: by finger, by keys, by keypad and ears; nothing typed is left behind."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from edge_node.appointments import queries as appointments
from sync.vocabulary.booking import Booking
from tests.browser.pages.kiosk import LYING, STANDING, both_screens
from tests.support.hall_site import HallSite
from tests.support.looking import axe_violations
from tests.support.office_day import SHV

SERVICE = "/kiosk/services/01-01"
PHONES = iter(f"06711122{number:02d}" for number in range(10, 99))


@pytest.fixture
def page(visitor: BrowserContext) -> Page:
    page = visitor.new_page()
    page.set_viewport_size({"width": STANDING[0], "height": STANDING[1]})
    return page


def at_number(page: Page, site: HallSite, *, day: int, slot: str) -> None:
    """Touch a day so many days ahead, and a time on it."""
    page.goto(f"{site.url}{SERVICE}/days/{site.days[day]}")
    page.locator(f".pick--time[value='{slot}']").tap()
    expect(page.get_by_label("Ваш номер телефону")).to_be_visible()


def booked_on(site: HallSite, day: int) -> list[Booking]:
    sheet = site.hall.store.read_now(lambda tx: appointments.day_sheet(tx, office_id=SHV, day=site.days[day]))
    return [line.booking for line in sheet.lines]


@both_screens
def test_a_place_is_booked_with_one_finger(page: Page, site: HallSite, size: tuple[int, int]) -> None:
    day, phone = (2 if size == STANDING else 3), next(PHONES)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{site.url}{SERVICE}")
    page.get_by_role("link", name="Записатися на інший день").tap()
    page.locator(f".pick--day[href$='{site.days[day]}']").tap()
    page.locator(".pick--time[value='10:00']").tap()
    for digit in phone:
        page.locator(f".hg-button[data-skbtn='{digit}']").tap()
    expect(page.locator("#phone")).to_have_value(phone)
    page.locator(".hg-button-enter").tap()

    expect(page.get_by_role("heading", name="Вас записано")).to_be_visible()
    (booking,) = booked_on(site, day)
    expect(page.locator(".kiosk__letters")).to_have_text(f"{booking.code[:4]} {booking.code[4:]}")
    assert booking.phone == f"+38{phone}"
    assert phone not in re.sub(r"\D", "", page.content() + page.url)


def test_a_place_is_booked_with_the_keyboard_alone(page: Page, site: HallSite) -> None:
    page.goto(f"{site.url}{SERVICE}/days/{site.days[4]}")
    page.locator(".pick--time[value='08:00']").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#phone")).to_be_focused()
    page.keyboard.type(next(PHONES))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Вас записано")).to_be_visible()


def test_a_keypad_and_ears_are_enough_for_a_booking(visitor: BrowserContext, page: Page, site: HallSite) -> None:
    """What is typed is heard digit by digit: no request carries the number but the one that books."""
    visitor.add_cookies([{"name": "kiosk-view", "value": "speech", "url": site.url}])
    said: list[str] = []
    page.on("request", lambda asked: said.append(asked.post_data or "") if asked.url.endswith("/speech") else None)
    page.goto(f"{site.url}{SERVICE}/days")
    page.locator(f".pick--day[href$='{site.days[5]}'][data-number]").wait_for()
    page.keyboard.press(page.locator(f".pick--day[href$='{site.days[5]}']").get_attribute("data-number") or "")
    page.locator(".pick--time[data-number='1']").wait_for()
    page.keyboard.press("1")
    expect(page.locator("#phone")).to_be_focused()
    assert page.locator(".kiosk__main [data-number]").count() == 0, "digits belong into the field"
    with page.expect_request(lambda asked: asked.url.endswith("/speech") and '"6"' in (asked.post_data or "")):
        page.keyboard.press("6")
    phone = next(PHONES)
    page.locator("#phone").fill(phone)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Вас записано")).to_be_visible()
    assert not any(phone in each for each in said)


def test_a_wrong_number_can_be_corrected_and_is_not_lost(page: Page, site: HallSite) -> None:
    at_number(page, site, day=6, slot="09:00")
    page.locator("#phone").fill("12")
    page.locator(".hg-button-enter").tap()
    expect(page.locator(".govuk-error-summary")).to_contain_text("050 123 45 67")
    expect(page.locator("#phone")).to_have_value("12")
    assert axe_violations(page) == []
    page.locator("#phone").fill(next(PHONES))
    page.locator(".hg-button-enter").tap()
    expect(page.get_by_role("heading", name="Вас записано")).to_be_visible()


def test_back_lets_the_time_go_for_another_choice(page: Page, site: HallSite) -> None:
    at_number(page, site, day=7, slot="09:00")
    page.get_by_role("button", name="Назад").tap()
    expect(page.locator(".pick--time[value='09:00']")).to_be_visible()


def test_a_number_typed_and_left_is_forgotten_after_a_warning_and_the_time_is_free(page: Page, site: HallSite) -> None:
    page.clock.install()
    at_number(page, site, day=8, slot="09:00")
    page.locator("#phone").fill("0671112299")
    page.clock.run_for(9_000)
    expect(page.locator("[data-idle-warning]")).to_be_hidden()
    page.clock.run_for(2_000)
    expect(page.locator("[data-idle-warning]")).to_be_visible()
    with page.expect_request("**/let-go"):
        page.clock.run_for(20_000)
    expect(page).to_have_url(f"{site.url}/kiosk?lang=uk")
    page.go_back()
    assert "0671112299" not in page.content()
    assert [each.input_value() for each in page.locator("input[type=tel]").all() if each.input_value()] == []
    page.goto(f"{site.url}{SERVICE}/days/{site.days[8]}")
    expect(page.locator(".pick--time[value='09:00']")).to_be_visible()
    assert booked_on(site, 8) == []


def test_who_comes_too_late_for_a_time_is_told_and_sees_the_others(
    chromium: Browser, page: Page, site: HallSite
) -> None:
    page.goto(f"{site.url}{SERVICE}/days/{site.days[9]}")
    at_number(chromium.new_page(has_touch=True, locale="uk-UA"), site, day=9, slot="09:00")
    page.locator(".pick--time[value='09:00']").tap()
    expect(page.locator(".govuk-error-summary")).to_contain_text("вільних місць уже немає")
    expect(page.locator(".pick--time[value='09:00']")).to_have_count(0)
    page.locator(".pick--time[value='09:15']").tap()
    expect(page.locator("#phone")).to_be_visible()


def test_a_booking_is_cancelled_on_the_spot(page: Page, site: HallSite) -> None:
    at_number(page, site, day=10, slot="09:00")
    page.locator("#phone").fill(next(PHONES))
    page.locator(".hg-button-enter").tap()
    page.get_by_role("link", name="Скасувати запис").tap()
    page.get_by_role("button", name="Так, скасувати").tap()
    expect(page.get_by_role("heading", name="Запис скасовано")).to_be_visible()
    assert booked_on(site, 10) == []


@pytest.mark.parametrize(
    ("size", "view"), [(STANDING, "low"), (STANDING, "speech"), (LYING, "contrast.large")], ids=str
)
def test_every_view_of_every_step_can_be_read_by_everybody(
    visitor: BrowserContext, page: Page, site: HallSite, size: tuple[int, int], view: str
) -> None:
    visitor.add_cookies([{"name": "kiosk-view", "value": view, "url": site.url}])
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{site.url}{SERVICE}/days")
    for step in (".pick--day >> nth=11", ".pick--time >> nth=-1", "#phone", None):
        assert axe_violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        if step == "#phone":
            keys = page.locator(".simple-keyboard").bounding_box()
            foot = page.locator(".kiosk__foot").bounding_box()
            assert keys is not None
            assert foot is not None
            assert keys["y"] + keys["height"] <= foot["y"], "every key can be touched"
            page.locator(step).fill(next(PHONES))
            page.keyboard.press("Enter")
            page.locator(".kiosk__qr").wait_for()
        elif step is not None:
            page.locator(step).tap()
            page.locator(".pick--time, #phone").first.wait_for()
