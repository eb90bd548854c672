"""A look at one page: what axe finds, what the browser complains of, and where its requests go."""

from urllib.parse import urlsplit

import msgspec
from playwright.sync_api import ConsoleMessage, Page, Request

from sync.web.assets import axe_script

CHROMIUM = "/usr/bin/chromium"
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
NARROW_PX = 320  # WCAG 2.2, 1.4.10
INLINE_SCHEMES = frozenset({"data", "blob"})


class Witness:
    """Hears everything a page asks for and complains of, from its first request on."""

    def __init__(self, page: Page) -> None:
        self.addresses: list[str] = []
        self.complaints: list[str] = []
        page.on("request", self._asked)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def outside(self, origin: str) -> list[str]:
        """Requests that left ``origin``."""
        return [
            address
            for address in self.addresses
            if urlsplit(address).scheme not in INLINE_SCHEMES and not address.startswith(f"{origin}/")
        ]

    def _asked(self, request: Request) -> None:
        self.addresses.append(request.url)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What one page showed; ``status`` is its HTTP status."""

    status: int
    headers: dict[str, str]
    language: str
    violations: list[str]
    overflow_px: int
    outside: list[str]
    complaints: list[str]


def axe_violations(page: Page) -> list[str]:
    """Every violation of WCAG 2.2 AA that axe sees on the page as it stands, with the elements."""
    page.evaluate(axe_script().read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def look_at(page: Page, url: str, *, origin: str) -> Look:
    """Open ``url`` and look at it at its own width, then at 320 px."""
    witness = Witness(page)
    response = page.goto(url)
    assert response is not None
    violations = axe_violations(page)
    language = page.locator("html").get_attribute("lang") or ""
    size = page.viewport_size
    page.set_viewport_size({"width": NARROW_PX, "height": 640})
    width = page.evaluate("document.documentElement.scrollWidth")
    if size is not None:
        page.set_viewport_size(size)
    return Look(
        status=response.status,
        headers=response.headers,
        language=language,
        violations=violations,
        overflow_px=max(0, width - NARROW_PX),
        outside=witness.outside(origin),
        complaints=witness.complaints,
    )
