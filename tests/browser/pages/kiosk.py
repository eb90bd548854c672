"""The kiosk as a visitor touches it."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.words import Words

STANDING, LYING = (1080, 1920), (1280, 800)
both_screens = pytest.mark.parametrize("size", [STANDING, LYING], ids=["1080x1920", "1280x800"])


class Kiosk:
    def __init__(self, page: Page, url: str, words: Words) -> None:
        self.page = page
        self._url = url
        self._words = words

    def open(self) -> None:
        self.page.goto(f"{self._url}/kiosk?lang={self._words.language}")

    def take_ticket(self, *, sphere: str, purpose: str) -> str:
        """Touch a sphere, then a purpose; the number on the screen."""
        self.page.locator(f"a.card[href='/kiosk/{sphere}']").click()
        self.page.get_by_role("button", name=self._words(f"purpose:{purpose}")).click()
        return self.ticket_number()

    def ticket_number(self) -> str:
        expect(self.page.get_by_role("heading", name=self._words("Your ticket"))).to_be_visible()
        return self.page.locator(".ticket-number").inner_text().strip()

    def expect_printed(self) -> None:
        expect(self.page.get_by_text(self._words("Take your ticket"))).to_be_visible()
