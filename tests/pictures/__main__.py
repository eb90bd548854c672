"""Start the demonstration, let its morning happen, and draw every page and every print into a folder."""

import asyncio
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from edge_node.printing.listeners.samples import render_samples
from sync.web.i18n import LANGUAGES
from tests.support import story
from tests.support.browsing import Browsing
from tests.support.demo_city import DemoCity
from tests.support.looking import CHROMIUM, CHROMIUM_ARGS
from tests.support.pages import PAGES

PAPER_DPI = 80


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


def draw_pages(browser: Browser, city: DemoCity, facts: dict[str, str], folder: Path) -> None:
    """``<place>-<page>-<language>.png``, each from top to bottom."""
    browsing = Browsing(browser, city)
    for each in PAGES:
        for language in LANGUAGES:
            page = browsing.page_of(each, language)
            page.goto(browsing.address(each, facts))
            page.evaluate("document.fonts.ready.then(() => true)")
            page.screenshot(path=folder / f"{each.place}-{each.name}-{language}.png", full_page=True)
            page.close()
        _say(each.name)
    browsing.close()


def draw_papers(city: DemoCity, folder: Path) -> None:
    """Tickets as the printer's simulator drew them, A4 papers page by page."""
    for ticket in sorted(city.spool("SHV").glob("tickets/*.png"))[:2]:
        shutil.copy(ticket, folder / f"paper-{ticket.stem}.png")
    with tempfile.TemporaryDirectory() as made:
        for paper in asyncio.run(render_samples(Path(made))):
            _as_pictures(paper, folder / f"paper-{paper.stem}")
    for paper in sorted(city.spool("SHV").glob("documents/*.pdf"))[:1]:
        _as_pictures(paper, folder / "paper-from-the-demo")
    _say("papers")


def _as_pictures(pdf: Path, to: Path) -> None:
    command = ["pdftoppm", "-r", str(PAPER_DPI), "-png", str(pdf), str(to)]
    subprocess.run(command, check=True)


def main() -> None:
    """Everything into the folder of the command line."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".pictures")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as state:
        city = DemoCity(Path(state))
        try:
            city.start()
            facts = story.tell(city)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
                draw_pages(browser, city, facts, folder)
                browser.close()
            draw_papers(city, folder)
        finally:
            city.stop()
    _say(f"{len(list(folder.glob('*.png')))} pictures in {folder}")


if __name__ == "__main__":
    main()
