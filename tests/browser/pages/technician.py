"""The technician's page: here the demonstration cuts and mends a line."""

from playwright.sync_api import Page, expect

from tests.support.words import Words


class Technician:
    def __init__(self, page: Page, url: str, words: Words) -> None:
        self.page = page
        self._url = url
        self._words = words

    def open(self) -> None:
        self.page.goto(f"{self._url}/technician?lang={self._words.language}")

    def cut_line(self) -> None:
        self._press("Cut the line")
        expect(self.page.locator("section[aria-labelledby=line] .status--warn")).to_be_visible()

    def mend_line(self) -> None:
        self._press("Mend the line")
        expect(self.page.locator("section[aria-labelledby=line] .status--good")).to_be_visible()

    def expect_nothing_waiting(self) -> None:
        waiting = self.page.locator(".figure", has_text=self._words("changes wait for the city")).locator(
            ".figure__number"
        )
        expect(waiting).to_have_text("0")

    def _press(self, message: str) -> None:
        self.page.get_by_role("button", name=self._words(message)).click()
        self.page.wait_for_load_state()
