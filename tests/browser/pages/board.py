"""The display board in the hall, read from a distance."""

from playwright.sync_api import Page, expect

WATCH = """() => {
  window.callsSeen = {};
  const note = () => {
    const number = document.querySelector(".board__number")?.textContent.trim();
    if (number && !(number in window.callsSeen)) window.callsSeen[number] = Date.now();
  };
  note();
  new MutationObserver(note).observe(document.body, {childList: true, subtree: true, characterData: true});
}"""


class Board:
    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self._url = url

    def open(self) -> None:
        with self.page.expect_response("**/live/board"):
            self.page.goto(f"{self._url}/board")
        self.page.evaluate(WATCH)

    def expect_call(self, number: str, *, desk: str) -> None:
        expect(self.page.locator(".board__number")).to_have_text(number)
        expect(self.page.locator(".board__desk")).to_have_text(desk)

    def shown_at(self, number: str) -> float:
        """When the number first stood here, in seconds of the Unix clock."""
        return float(self.page.evaluate("number => window.callsSeen[number]", number)) / 1000
