"""One city and one Chromium for all tests of this folder."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from device_drivers.loudspeaker.espeak import EspeakVoice
from edge_node.kiosk.controllers.speech import Reader
from sync.web.i18n import Language
from tests.support import story
from tests.support.browsing import PATIENCE_MS, Browsing
from tests.support.demo_city import DemoCity
from tests.support.hall_app import _app
from tests.support.hall_site import HallSite
from tests.support.looking import CHROMIUM, CHROMIUM_ARGS, Look, look_at
from tests.support.pages import PageOf

TEST_SECONDS_MAX = 600  # the first test also starts the city
HERE = Path(__file__).parent


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark these tests and put them last, the visitors' ways before the looks at pages.

    Playwright keeps an event loop in the main thread until the session ends: no test after it could run one of its own.
    A visitor comes into an empty hall; the morning that the looks need fills it.
    """
    ours = [item for item in items if item.path.is_relative_to(HERE)]
    for item in ours:
        item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.processes)
        item.add_marker(pytest.mark.timeout(TEST_SECONDS_MAX))
    others = [item for item in items if not item.path.is_relative_to(HERE)]
    items[:] = others + sorted(ours, key=lambda item: item.path.stem != "test_visitor")


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoCity]:
    demo = DemoCity(tmp_path_factory.mktemp("city"))
    try:
        demo.start()
        yield demo
    finally:
        demo.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def browsing(city: DemoCity, chromium: Browser) -> Iterator[Browsing]:
    browsing = Browsing(chromium, city)
    yield browsing
    browsing.close()


@pytest.fixture(scope="session")
def facts(city: DemoCity) -> dict[str, str]:
    return story.tell(city)


@pytest.fixture(scope="session")
def look(browsing: Browsing, facts: dict[str, str]) -> Callable[[PageOf, Language], Look]:
    """Looks at a page once, however many tests ask about it."""
    seen: dict[tuple[str, Language], Look] = {}

    def once(each: PageOf, language: Language) -> Look:
        key = (each.name, language)
        if key not in seen:
            page = browsing.page_of(each, language)
            seen[key] = look_at(page, browsing.address(each, facts), origin=browsing.city.url(each.place))
            page.close()
        return seen[key]

    return once


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HallSite]:
    """An office's hall whose kiosk reads aloud."""
    with HallSite(tmp_path_factory.mktemp("hall")) as site:
        _app().state["kiosk_reader"] = Reader(EspeakVoice("tones"))  # the machine of a test may have no voice
        yield site


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[BrowserContext]:
    """Somebody with a finger and no keyboard."""
    context = chromium.new_context(has_touch=True, locale="uk-UA", reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()
