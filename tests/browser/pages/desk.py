"""A desk of the front office: signing in, the queue, the call."""

import re
import time

from playwright.sync_api import Page, expect

from tests.support.words import Words


class Desk:
    def __init__(self, page: Page, url: str, words: Words) -> None:
        self.page = page
        self.url = url
        self.words = words

    def open(self) -> None:
        self.page.goto(f"{self.url}/desk?lang={self.words.language}")

    def sign_in(self, login: str, password: str) -> None:
        """On the page that asks for it."""
        sign_in(self.page, self.words, login=login, password=password)

    def take_first_free(self) -> str:
        """Take a desk; its number."""
        card = self.page.locator("form[action='/desk/take'] button").first
        number = re.search(r"\d+", card.locator(".card__title").inner_text())
        card.click()
        self.expect_state(None)
        assert number is not None
        return number[0]

    def call_next(self) -> float:
        """Press the button; when the node had answered, in seconds of the Unix clock."""
        with self.page.expect_response("**/desk/call-next"):
            self.press("Call next")
        answered_at = time.time()
        self.expect_state("called")
        return answered_at

    def press(self, message: str) -> None:
        self.page.get_by_role("button", name=self.words(message)).first.click()

    def ticket_number(self) -> str:
        return self.page.locator(".now__number").inner_text().strip()

    def expect_state(self, state: str | None) -> None:
        """``called``, ``serving``, or None while the desk is free."""
        expect(
            self.page.locator(f".now--{state}" if state else ".now:not(.now--called):not(.now--serving)")
        ).to_be_visible()

    def expect_line_cut(self) -> None:
        """The header says since when there is no line."""
        expect(self.page.locator(".bar__truth .truth--cut")).to_be_visible()
        expect(self.page.locator(".bar__truth")).to_contain_text(
            self.words("no line to the city since %(time)s").split("%")[0]
        )

    def expect_line_whole(self) -> None:
        expect(self.page.locator(".bar__truth .truth--cut")).to_be_hidden()


def sign_in(page: Page, words: Words, *, login: str, password: str) -> None:
    """Fill in the sign-in page of a node or of the hub."""
    page.locator("#login").fill(login)
    page.locator("#password").fill(password)
    page.get_by_role("button", name=words("Sign in"), exact=True).click()
    expect(page.locator("#password")).to_be_hidden()
