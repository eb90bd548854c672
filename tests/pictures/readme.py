"""``python -m tests.pictures.readme FOLDER``: the README's six pictures, from a busy morning; each below 150 kB."""

import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.support import story
from tests.support.browsing import Browsing
from tests.support.demo_city import DemoCity
from tests.support.looking import CHROMIUM, CHROMIUM_ARGS
from tests.support.pages import PageOf

SIZE = (1280, 800)
COLOURS = 128  # plain pages: nobody sees the difference, and a picture is a third as large
SHOWN = (
    PageOf(name="kiosk", place="SHV", path="/kiosk", size=SIZE),
    PageOf(name="board", place="SHV", path="/board", size=SIZE),
    PageOf(name="desk", place="SHV", path="/desk", login="shv-administrator", size=SIZE),
    PageOf(name="case", place="SHV", path="/cases/{case}", login="shv-administrator", size=SIZE),
    PageOf(name="city", place="hub", path="/city", login="city-head", size=SIZE),
    PageOf(name="public", place="hub", path="/", size=SIZE),
)
HALLS = {"SHV": (1, 3, 2, 1, 1, 1), "KYV": (4, 2, 3, 1, 2, 0), "RCP": (2, 5, 1, 3, 0, 1)}
SPHERES = ("residence", "passports", "social", "pensions", "property", "business")


def fill_halls(city: DemoCity) -> None:
    """People come to every office; some are called at two desks of each. The terminal that was silent is well again."""
    city.set_fault("KYV", "payment-terminal", None)
    for office_id, counts in HALLS.items():
        for sphere, count in zip(SPHERES, counts, strict=True):
            for _ in range(count):
                story.take_ticket(city, office_id, sphere=sphere)
        for number in (6, 7):
            story.call_and_serve(city, office_id, login=f"{office_id.lower()}-administrator-{number}")


def draw(browser: Browser, city: DemoCity, facts: dict[str, str], folder: Path) -> None:
    """The six pictures."""
    browsing = Browsing(browser, city)
    for each in SHOWN:
        page = browsing.page_of(each, "uk")
        page.goto(browsing.address(each, facts))
        page.evaluate("document.fonts.ready.then(() => true)")
        path = folder / f"{each.name}.png"
        page.screenshot(path=path)
        page.close()
        with Image.open(path) as whole:
            whole.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    browsing.close()


def main() -> None:
    """Into the folder of the command line."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".github/pictures")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as state:
        city = DemoCity(Path(state))
        try:
            city.start()
            facts = story.tell(city)
            fill_halls(city)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
                draw(browser, city, facts, folder)
                browser.close()
        finally:
            city.stop()


if __name__ == "__main__":
    main()
