"""Pictures of the gallery in both languages into `.pictures/gallery/`."""

import threading
from pathlib import Path

import uvicorn
from playwright.sync_api import Browser, sync_playwright

from tests.support.gallery import app as gallery

OUT = Path(__file__).parents[3] / ".pictures" / "gallery"
PORT = 8799
SIZES = {"kiosk": (1080, 1920), "ticket": (1080, 1920), "board": (1920, 1080), "public": (390, 844)}
CHROMIUM_ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


def _serve() -> uvicorn.Server:
    config = uvicorn.Config(gallery.gallery_app(), port=PORT, log_level="warning", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        pass
    return server


def _take(browser: Browser, language: str) -> None:
    for name in gallery.PAGES:
        gallery.line[0] = {"desk": "waiting", "form": "cut"}.get(name, "synchronized")
        width, height = SIZES.get(name, (1366, 768))
        page = browser.new_page(viewport={"width": width, "height": height})
        page.on(
            "console",
            lambda message: (
                print(name, message.text) if message.type == "error" and "422" not in message.text else None
            ),
        )
        page.goto(f"http://127.0.0.1:{PORT}/enter")
        page.goto(f"http://127.0.0.1:{PORT}/{name}?lang={language}")
        page.screenshot(path=OUT / f"{name}-{language}.png")
        if name == "form":
            page.fill("#rnokpp", "12")
            page.click(".govuk-button")
            page.wait_for_selector(".govuk-error-summary")
            page.wait_for_load_state("networkidle")
            page.screenshot(path=OUT / f"{name}-refused-{language}.png")
        page.close()


def main() -> None:
    """Serve, take, stop."""
    OUT.mkdir(parents=True, exist_ok=True)
    server = _serve()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_ARGS)
        for language in ("uk", "en"):
            _take(browser, language)
        browser.close()
    server.should_exit = True


if __name__ == "__main__":
    main()
