"""Pictures of the gallery in both languages into `.pictures/gallery/`; says what axe and the browser's console find."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from sync.web.assets import axe_script
from sync.web.serving import Server
from tests.support.gallery import app as gallery

OUT = Path(__file__).parents[3] / ".pictures" / "gallery"
PORT = 8799
SIZES = {"kiosk": (1080, 1920), "ticket": (1080, 1920), "board": (1920, 1080), "public": (390, 844)}
CHROMIUM_ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@contextmanager
def _served() -> Iterator[None]:
    app = gallery.gallery_app()
    server = Server(app, uvicorn.Config(app, port=PORT, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield
    server.should_exit = True
    thread.join()


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _tell_error(message: ConsoleMessage) -> None:
    if message.type == "error" and "422" not in message.text:
        _say(f"console: {message.text}")


def _look(page: Page, picture: str) -> None:
    page.screenshot(path=OUT / f"{picture}.png")
    page.evaluate(axe_script().read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
    for violation in found["violations"]:
        _say(f"axe {picture}: {violation['id']}: {[node['target'] for node in violation['nodes']]}")


def _overflow(page: Page, name: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > 320:
        _say(f"reflow {name}: {width} px wide on a screen of 320")


def _take(browser: Browser, language: str) -> None:
    for name in gallery.PAGES:
        gallery.line[0] = {"desk": "waiting", "form": "cut"}.get(name, "synchronized")
        width, height = SIZES.get(name, (1366, 768))
        page = browser.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce")
        page.on("console", _tell_error)
        page.goto(f"http://127.0.0.1:{PORT}/enter")
        page.goto(f"http://127.0.0.1:{PORT}/{name}?lang={language}")
        _look(page, f"{name}-{language}")
        if name == "form":
            page.fill("#rnokpp", "12")
            page.click(".govuk-button")
            page.wait_for_selector(".govuk-error-summary")
            page.wait_for_load_state("networkidle")
            _look(page, f"{name}-refused-{language}")
        if name in {"desk", "form", "public", "city"}:
            _overflow(page, name)
        page.close()


def main() -> None:
    """Serve, look, stop."""
    OUT.mkdir(parents=True, exist_ok=True)
    with _served(), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_ARGS)
        for language in ("uk", "en"):
            _take(browser, language)
        browser.close()


if __name__ == "__main__":
    main()
