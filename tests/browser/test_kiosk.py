"""The kiosk by finger, keyboard and keypad: a ticket, a list, no way out, nothing left behind, back after a crash."""

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from sync.vocabulary.catalogue import Sphere
from tests.browser.pages.kiosk import LYING, STANDING, both_screens
from tests.support.hall_site import HallSite
from tests.support.looking import axe_violations
from tests.support.processes import BIN, Served, free_port, run


def at_kiosk(visitor: BrowserContext, site: HallSite, *, size: tuple[int, int] = STANDING, path: str = "") -> Page:
    page = visitor.new_page()
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{site.url}/kiosk{path}")
    return page


@both_screens
def test_two_touches_lead_to_a_ticket(visitor: BrowserContext, site: HallSite, size: tuple[int, int]) -> None:
    page = at_kiosk(visitor, site, size=size)
    page.locator("a.card[href='/kiosk/social']").tap()
    page.locator("button.card[value='consult']").tap()

    expect(page.locator(".kiosk__ticket .ticket-number")).to_be_visible()
    assert page.locator(".kiosk__ticket .ticket-number").inner_text().startswith("С")


@both_screens
def test_a_list_of_documents_is_found_and_printed_with_one_finger(
    visitor: BrowserContext, site: HallSite, size: tuple[int, int]
) -> None:
    page = at_kiosk(visitor, site, size=size)
    page.locator(".kiosk__search").tap()
    for letter in "субсид":
        page.locator(f".hg-button[data-skbtn='{letter}']").tap()
    page.locator(".pick", has_text="Житлова субсидія").tap()
    expect(page.get_by_role("heading", name="Що взяти з собою")).to_be_visible()
    page.get_by_role("button", name="Надрукувати перелік").tap()
    expect(page.get_by_text("Перелік друкується")).to_be_visible()


def test_a_service_is_found_with_the_keyboard_alone(visitor: BrowserContext, site: HallSite) -> None:
    page = at_kiosk(visitor, site, size=LYING, path="/search")
    page.keyboard.type("паспрт")
    expect(page.locator(".pick").first).to_contain_text("Паспорт")
    for _ in range(3):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.pick')"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Що взяти з собою")).to_be_visible()


@pytest.mark.parametrize(
    ("size", "view"), [(STANDING, "low"), (STANDING, "speech"), (LYING, "contrast.large")], ids=str
)
@pytest.mark.parametrize("path", ["", "/social", "/search?q=паспорт", "/services/03-04", "/case"])
def test_every_view_of_a_page_can_be_read_by_everybody_and_fits(
    visitor: BrowserContext, site: HallSite, size: tuple[int, int], view: str, path: str
) -> None:
    visitor.add_cookies([{"name": "kiosk-view", "value": view, "url": site.url}])
    page = at_kiosk(visitor, site, size=size, path=path)

    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    back = page.locator(".kiosk__view").bounding_box()
    assert back is not None
    assert back["y"] + back["height"] <= size[1], "the switches never leave the screen"


def test_whoever_sits_reaches_everything(visitor: BrowserContext, site: HallSite) -> None:
    """A standing screen of 1,920 px begins at the height of a face: what is touched lies in its lower two thirds."""
    page = at_kiosk(visitor, site)
    page.get_by_role("button", name="Нижче").tap()
    expect(page.locator("html")).to_have_class("govuk-template voice-kiosk kiosk-low")
    tops = page.eval_on_selector_all(
        ".kiosk a[href], .kiosk button", "all => all.map(each => each.getBoundingClientRect().top)"
    )
    assert min(tops) > STANDING[1] * 0.33


def test_a_keypad_and_ears_are_enough_for_a_ticket(visitor: BrowserContext, site: HallSite) -> None:
    page = at_kiosk(visitor, site)
    with page.expect_response("**/kiosk/speech"):
        page.keyboard.press("5")  # the first key turns it on
    expect(page.locator("html")).to_have_class("govuk-template voice-kiosk kiosk-speech")
    card = page.locator("a.card[href='/kiosk/social']")
    with page.expect_response("**/kiosk/speech") as said:
        page.keyboard.press(card.get_attribute("data-number") or "")
    assert "Соціальні послуги" in (said.value.request.post_data or "")
    with page.expect_response("**/kiosk/tickets/*"):
        page.keyboard.press("1")
    expect(page.locator(".kiosk__ticket .ticket-number")).to_be_visible()
    page.keyboard.press("0")
    expect(page.locator("html")).to_have_class("govuk-template voice-kiosk")


def test_more_choices_than_keys_are_read_in_turns(visitor: BrowserContext, site: HallSite) -> None:
    visitor.add_cookies([{"name": "kiosk-view", "value": "speech", "url": site.url}])
    page = at_kiosk(visitor, site)
    first = page.locator("[data-number='1']").inner_text()
    page.keyboard.press("9")
    expect(page.locator("[data-number='1']")).not_to_have_text(first, use_inner_text=True)


def test_a_visit_is_forgotten_after_a_warning_that_can_be_answered(visitor: BrowserContext, site: HallSite) -> None:
    page = visitor.new_page()
    page.clock.install()
    page.goto(f"{site.url}/kiosk/social?lang=en")
    warning = page.locator("[data-idle-warning]")
    page.clock.run_for(39_000)
    expect(warning).to_be_hidden()
    page.clock.run_for(2_000)
    expect(warning).to_be_visible()
    warning.get_by_role("button").tap()
    expect(warning).to_be_hidden()
    page.clock.run_for(39_000)
    expect(warning).to_be_hidden()
    page.clock.run_for(22_000)
    expect(page).to_have_url(f"{site.url}/kiosk?lang=uk")
    expect(page.locator("html")).to_have_attribute("lang", "uk")


def test_a_ticket_is_gone_from_the_screen_after_half_a_minute_and_back_leads_nowhere(
    visitor: BrowserContext, site: HallSite
) -> None:
    ticket = site.hall.take(Sphere.SOCIAL)
    page = visitor.new_page()
    page.clock.install()
    page.goto(f"{site.url}/kiosk/tickets/{ticket.token}")
    page.clock.run_for(9_000)
    expect(page.locator("[data-idle-warning]")).to_be_hidden()
    page.clock.run_for(2_000)
    expect(page.locator("[data-idle-warning]")).to_be_visible()
    page.clock.run_for(20_000)
    expect(page).to_have_url(f"{site.url}/kiosk?lang=uk")
    page.go_back()
    assert ticket.number not in page.content()


LEAVE = """() => {
  const link = Object.assign(document.createElement("a"), {href: "https://example.org/", textContent: "out"});
  document.body.append(link);
  const sent = (target, event) => !target.dispatchEvent(event);
  const on = {bubbles: true, cancelable: true};
  const pressed = (key, more) => sent(document.body, new KeyboardEvent("keydown", {key, ...on, ...more}));
  return {
    menu: sent(document.body, new MouseEvent("contextmenu", on)),
    drag: sent(document.body, new DragEvent("dragstart", on)),
    zoom: sent(document.body, new WheelEvent("wheel", {ctrlKey: true, ...on})),
    back: sent(document.body, new MouseEvent("mouseup", {button: 3, ...on})),
    link: sent(link, new MouseEvent("click", on)),
    reload: pressed("F5"),
    address: pressed("l", {ctrlKey: true}),
    earlier: pressed("ArrowLeft", {altKey: true}),
  };
}"""


def test_there_is_no_way_out_of_the_kiosk(visitor: BrowserContext, site: HallSite) -> None:
    page = at_kiosk(visitor, site)
    assert all(page.evaluate(LEAVE).values())
    expect(page).to_have_url(f"{site.url}/kiosk")
    length = page.evaluate("history.length")
    page.locator("a.card").first.tap()
    page.locator(".kiosk__back").first.tap()
    expect(page).to_have_url(f"{site.url}/kiosk")
    assert page.evaluate("history.length") == length, "links leave nothing to go back to"


def test_the_kiosk_waits_for_a_killed_node_and_works_again_by_itself(visitor: BrowserContext, tmp_path: Path) -> None:
    port = free_port()
    folder = tmp_path / "SHV"
    run("edge-node", "init", "--folder", str(folder), "--office", "SHV", "--port", str(port))
    node = Served([str(BIN / "edge-node"), "run", "--folder", str(folder)], port=port, log=tmp_path / "node.log")
    node.start()
    try:
        page = visitor.new_page()
        page.goto(f"{node.address}/kiosk")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        node.kill()

        page.locator(".kiosk__search").tap()
        expect(page.get_by_role("heading", name="Зачекайте, будь ласка")).to_be_visible()
        assert axe_violations(page) == []

        node.start()
        expect(page).to_have_url(f"{node.address}/kiosk?lang=uk")
        expect(page.get_by_role("heading", name="З якого питання Ви прийшли?")).to_be_visible()
    finally:
        node.stop()
