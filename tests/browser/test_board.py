"""The board in a real browser: two designs that are read from 10 m, a call that is seen, the truth about its line."""

from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from edge_node.display_board import commands as board_commands
from edge_node.display_board.model import NoticeWanted
from sync.vocabulary.ids import StaffId
from sync.web.i18n import LANGUAGES, Language
from tests.support.browsing import PATIENCE_MS
from tests.support.hall_site import HallSite
from tests.support.looking import axe_violations

WIDE, TALL = (1920, 1080), (1080, 1920)
both_designs = pytest.mark.parametrize("size", [WIDE, TALL], ids=["16:9", "9:16"])
CAPITALS = 0.714  # of the size of Noto Sans
READ_AT_10_M = 33 / 685  # capitals of a three-hundredth of the distance, on a screen of 55 inches
NOTICE = "25 листопада центр працює до 14:00. Перепрошуємо за незручності та дякуємо за терпіння."


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HallSite]:
    with HallSite(tmp_path_factory.mktemp("hall")) as site:
        wanted = NoticeWanted(text_uk=NOTICE, until_on=date(2100, 1, 1))
        hall = site.hall
        hall.do(board_commands.add_notice, wanted, by=StaffId("head"), now=hall.clock.now(), ids=hall.ids)
        for _ in range(7):
            call(site)
        yield site


@pytest.fixture(params=["reduce", "no-preference"])
def screen(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(locale="uk-UA", reduced_motion=request.param)
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def wall(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(locale="uk-UA")
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


def call(site: HallSite) -> str:
    """A visitor comes and is called; the number."""
    site.hall.take()
    return site.hall.serve(site.desks[0]).number


def board(screen: BrowserContext, site: HallSite, *, size: tuple[int, int] = WIDE, language: Language = "uk") -> Page:
    page = screen.new_page()
    page.set_viewport_size({"width": size[0], "height": size[1]})
    with page.expect_response("**/live/board"):
        page.goto(f"{site.url}/board?lang={language}")
    return page


def capitals(page: Page, selector: str) -> float:
    """How high capitals are, as a share of the screen's shorter side."""
    size = page.locator(selector).first.evaluate("each => parseFloat(getComputedStyle(each).fontSize)")
    shorter = page.evaluate("Math.min(innerWidth, innerHeight)")
    return float(size) * CAPITALS / float(shorter)


@both_designs
@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_and_desks_are_read_from_ten_metres_and_nothing_is_cut_off(
    wall: BrowserContext, site: HallSite, size: tuple[int, int], language: Language
) -> None:
    page = board(wall, site, size=size, language=language)

    assert capitals(page, ".board__last li") > READ_AT_10_M
    assert capitals(page, ".board__number") > 4 * READ_AT_10_M
    assert capitals(page, ".board__desk") > 2.5 * READ_AT_10_M
    for selector in (".board__number", ".board__desk", ".board__last li", ".board__queues li", ".board__notice"):
        for box in page.locator(f"{selector}:visible").all():
            at = box.bounding_box()
            assert at is not None
            assert at["x"] >= 0
            assert at["x"] + at["width"] <= size[0] + 1, selector
            assert at["y"] + at["height"] <= size[1] + 1, selector
    assert axe_violations(page) == []


def test_a_call_is_seen_also_by_who_asked_for_less_motion(screen: BrowserContext, site: HallSite) -> None:
    page = board(screen, site)
    number = call(site)
    expect(page.locator(".board__number")).to_have_text(number)
    style = page.locator(".board__call--new").evaluate(
        "each => [getComputedStyle(each).animationIterationCount, getComputedStyle(each).borderTopWidth,"
        " getComputedStyle(each).backgroundColor, matchMedia('(prefers-reduced-motion: reduce)').matches]"
    )
    rounds, frame, ground, is_still = style
    if is_still:
        assert rounds == "1"
        assert float(frame.removesuffix("px")) > 16
        assert ground == "rgb(58, 47, 16)"
    else:
        assert rounds == "3", "a call moves three times, slowly, and rests"


def test_a_board_cut_off_says_so_and_shows_what_it_missed_when_it_is_back(wall: BrowserContext, site: HallSite) -> None:
    page = board(wall, site)
    stale = page.get_by_role("alert")
    expect(stale).to_be_hidden()
    wall.set_offline(True)
    page.evaluate("document.querySelector('.board__live')._htmx?.sse?.reader?.cancel()")  # as a pulled cable ends it
    expect(stale).to_contain_text("Дані застаріли")

    missed = [call(site) for _ in range(8)]
    wall.set_offline(False)

    expect(page.locator(".board__number")).to_have_text(missed[-1])
    expect(stale).to_be_hidden()
    shown = page.locator(".board__live").inner_text()
    assert all(number in shown for number in missed)
    expect(page.locator(".board__missed")).to_contain_text("Викликані, поки табло мовчало")
    expect(page.locator(".board__last--new")).to_have_count(5)
