"""Booking over the internet with the keys alone, in both languages; no address says who comes."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from sync.web.i18n import LANGUAGES, Language
from tests.support.browsing import Browsing
from tests.support.looking import axe_violations
from tests.support.story_booking import OFFICE, SERVICE
from tests.support.words import Words

PHONE = {"width": 390, "height": 844}
PRESSES_MAX = 80
PEOPLE: dict[Language, tuple[str, str]] = {
    "uk": ("Леся Косач", "0671110001"),
    "en": ("Olha Kobylianska", "0671110002"),
}


def tab_to(page: Page, selector: str) -> None:
    for _ in range(PRESSES_MAX):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached by {PRESSES_MAX} presses of Tab")


def follow(page: Page, selector: str) -> None:
    """Go on by the keys; the page that comes has nothing that axe objects to."""
    tab_to(page, selector)
    before = page.url
    page.keyboard.press("Enter")
    expect(page).not_to_have_url(before)
    assert axe_violations(page) == []


@pytest.fixture
def home(browsing: Browsing) -> Callable[[Language], Page]:
    def of(language: Language) -> Page:
        page = browsing.fresh(language).new_page()
        page.set_viewport_size({"width": 390, "height": 844})
        return page

    return of


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_appointment_is_booked_moved_and_cancelled_by_keyboard(
    language: Language, home: Callable[[Language], Page], browsing: Browsing, facts: dict[str, str]
) -> None:
    words, day = Words(language, "central_hub"), facts["book_day"]
    name, phone = PEOPLE[language]
    page = home(language)
    page.goto(f"{browsing.city.url('hub')}/services/{SERVICE}")
    follow(page, f"a[href='/book/{SERVICE}']")
    follow(page, f"a[href='/book/{SERVICE}/{OFFICE}']")
    follow(page, f"a[href$='/{day}']")
    follow(page, "button[name='slot'][value='12:00']")
    tab_to(page, "#name")
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(phone)
    follow(page, "button.govuk-button")

    expect(page.locator(".slip__when")).to_contain_text("12:00")
    assert name not in page.content()
    assert phone[1:] not in page.url

    follow(page, "a[href$='/times']")
    follow(page, f"a[href$='/{day}']")
    follow(page, "button[name='slot'][value='13:00']")
    follow(page, "button.govuk-button")
    expect(page.locator(".slip__when")).to_contain_text("13:00")

    follow(page, "a[href$='/cancel']")
    tab_to(page, "button.govuk-button--warning")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(words("The appointment is cancelled"))
    assert axe_violations(page) == []
    page.context.close()


def test_a_time_is_chosen_without_scripts(browsing: Browsing, facts: dict[str, str], chromium) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="uk-UA", viewport=PHONE)
    page = context.new_page()
    page.goto(f"{browsing.city.url('hub')}/book/{SERVICE}/{OFFICE}/{facts['book_day']}")
    page.locator("button[value='14:00']").click()
    page.locator("#name").fill("Марко Вовчок")
    page.locator("#phone").fill("0671110003")
    page.locator("form button.govuk-button").click()
    expect(page.locator(".slip__letters")).to_be_visible()
    context.close()


def test_the_reception_books_with_the_keys_written_on_the_buttons(browsing: Browsing, facts: dict[str, str]) -> None:
    page = browsing.as_person("SHV", "shv-receptionist").new_page()
    page.goto(f"{browsing.city.url('SHV')}/desk/appointments")
    page.keyboard.press("F4")
    page.locator("#q").wait_for()
    page.keyboard.type("01-01")
    page.keyboard.press("F2")
    page.locator(f"a[href='/desk/appointments/new/{SERVICE}']").wait_for()
    tab_to(page, f"a[href='/desk/appointments/new/{SERVICE}']")
    page.keyboard.press("Enter")
    page.locator(f"button[value='{facts['book_day']} 08:00']").press("Enter")
    page.locator("#name").wait_for()
    page.keyboard.type("Панас Мирний")
    page.keyboard.press("Tab")
    page.keyboard.type("0671110004")
    assert axe_violations(page) == []
    page.keyboard.press("F2")
    expect(page.locator(".slip__when")).to_contain_text("08:00")
    page.close()
