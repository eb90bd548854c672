"""Everybody can use what answers to hands: a refused form for all eyes, every way by the keyboard alone."""

import pytest
from playwright.sync_api import Page, expect

from sync.web.i18n import LANGUAGES, Language
from tests.browser.pages.desk import Desk
from tests.browser.pages.kiosk import Kiosk
from tests.support import story
from tests.support.browsing import Browsing
from tests.support.looking import axe_violations
from tests.support.words import Words


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refused_form_can_be_read_by_everybody(language: Language, browsing: Browsing, facts: dict[str, str]) -> None:
    page = browsing.as_person("SHV", "shv-administrator", language).new_page()
    page.goto(f"{browsing.city.url('SHV')}/desk/intake/{facts['draft']}/applicant")
    page.locator("#rnokpp").fill("1234567890")
    page.keyboard.press("F2")

    expect(page.locator(".govuk-error-summary")).to_be_visible()
    assert axe_violations(page) == []
    expect(page.locator("#rnokpp")).to_have_attribute("aria-describedby", "rnokpp-hint rnokpp-error")
    page.close()


def _tab_to(page: Page, selector: str, *, presses_max: int = 40) -> None:
    """Press Tab until what is focused matches ``selector``."""
    for _ in range(presses_max):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle !== 'none'"), selector
            return
    raise AssertionError(f"{selector} is not reached by {presses_max} presses of Tab")


def test_a_ticket_is_taken_without_touching_the_screen(browsing: Browsing) -> None:
    page = browsing.fresh(size=(1080, 1920)).new_page()
    kiosk = Kiosk(page, browsing.city.url("SHV"), Words("uk"))
    kiosk.open()
    _tab_to(page, "a.card[href='/kiosk/social']")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{browsing.city.url('SHV')}/kiosk/social")
    _tab_to(page, "button.card[value='consult']")
    page.keyboard.press("Enter")

    assert kiosk.ticket_number()
    page.context.close()


def test_a_visitor_is_served_with_the_keys_written_on_the_buttons(browsing: Browsing) -> None:
    """F2 calls, F3 recalls, F8 starts, F9 finishes; the mouse lies in the drawer."""
    city = browsing.city
    story.take_ticket(city, "RCP")
    context = browsing.fresh()
    desk = Desk(context.new_page(), city.url("RCP"), Words("uk"))
    desk.open()
    desk.page.keyboard.type("rcp-administrator")
    desk.page.keyboard.press("Tab")
    desk.page.keyboard.type(city.password)
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator("form[action='/desk/take'] button").first).to_be_visible()
    _tab_to(desk.page, "form[action='/desk/take'] button")
    desk.page.keyboard.press("Enter")
    for key, after in (("F2", "called"), ("F8", "serving"), ("F9", None)):
        desk.expect_state(None if key == "F2" else "called" if key == "F8" else "serving")
        desk.page.keyboard.press(key)
        desk.expect_state(after)
    context.close()
