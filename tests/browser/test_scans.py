"""A reader that types like a keyboard, in a real browser."""

from playwright.sync_api import expect

from tests.support.browsing import Browsing

PERSON_MS = 120
ADMINISTRATOR = "shv-administrator"
# keys one after another, as a reader presses them; the keyboard of the test itself may pause while the machine is busy
READER = """code => {
  const codeOf = (letter) => letter === "-" ? "Minus" : /[0-9]/.test(letter) ? `Digit${letter}` : `Key${letter}`;
  const press = (key, code) => document.activeElement.dispatchEvent(
    new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true }));
  for (const letter of code) press(letter, codeOf(letter));
  press("Enter", "Enter");
}"""


def test_a_scan_opens_the_case_from_any_page_and_typing_does_not(browsing: Browsing, facts: dict[str, str]) -> None:
    page = browsing.as_person("SHV", ADMINISTRATOR).new_page()
    case_page = browsing.city.url("SHV") + "/cases/" + facts["case"]
    page.goto(case_page)
    number = page.locator("h1").first.inner_text().strip()

    page.goto(browsing.city.url("SHV") + "/desk/cases")
    page.locator("#text").press_sequentially(number, delay=PERSON_MS)
    page.keyboard.press("Enter")
    expect(page.locator("[role=status]").filter(has_text="1")).not_to_have_count(0)
    assert page.url.endswith("/desk/cases"), "the search answered, as it does for who types"

    for place in ("/desk/cases", "/back-office", "/desk"):
        page.goto(browsing.city.url("SHV") + place)
        page.evaluate(READER, number)
        page.wait_for_url(case_page)
    page.close()


def test_the_field_that_asks_for_a_slip_takes_the_scan_itself(browsing: Browsing) -> None:
    page = browsing.as_person("SHV", ADMINISTRATOR).new_page()
    page.goto(browsing.city.url("SHV") + "/desk/appointments")
    page.locator("#booking_code").fill("N0")
    page.evaluate(READER, "https://shv.example/appointments/Zk3-of_nobody")
    expect(page.locator("#booking_code")).to_have_value("https://shv.example/appointments/Zk3-of_nobody")
    expect(page.locator(".govuk-error-summary")).to_contain_text("не з бланка запису цього центру")
    page.close()
