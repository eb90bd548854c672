"""The hub's pages: the city's dashboard, its register of cases, and the public tracking."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.pages.desk import sign_in
from tests.support.words import Words


class City:
    def __init__(self, page: Page, url: str, words: Words) -> None:
        self.page = page
        self._url = url
        self._words = words

    def open(self, password: str) -> None:
        self.page.goto(f"{self._url}/city?lang={self._words.language}")
        sign_in(self.page, self._words, login="city-head", password=password)

    def expect_in_touch(self, office_id: str) -> None:
        expect(self._office(office_id)).to_contain_text(self._words("in touch"))

    def expect_silent(self, office_id: str, *, seconds_max: float) -> None:
        """The office is marked with the time it was last heard at."""
        said = re.escape(self._words("as of %(time)s")).replace(re.escape("%(time)s"), r"\d\d:\d\d")
        expect(self._office(office_id)).to_contain_text(re.compile(said), timeout=seconds_max * 1000)

    def expect_case_once(self, number: str, *, status: str) -> None:
        """The register knows the number exactly once, in this state."""
        self.page.goto(f"{self._url}/city/cases?number={number}")
        expect(self.page.locator("tbody tr")).to_have_count(1)
        expect(self.page.locator("tbody tr")).to_contain_text(self._words(f"status:{status}"))

    def expect_case_unknown(self, number: str) -> None:
        self.page.goto(f"{self._url}/city/cases?number={number}")
        expect(self.page.get_by_text(self._words("No case was found"))).to_be_visible()

    def path_sheet(self, number: str) -> list[str]:
        self.expect_case_once_open(number)
        return self.page.locator("tbody tr td:nth-child(2)").all_inner_texts()

    def expect_case_once_open(self, number: str) -> None:
        self.page.goto(f"{self._url}/city/cases?number={number}")
        self.page.get_by_role("link", name=number).click()
        expect(self.page.get_by_role("heading", name=number)).to_be_visible()

    def _office(self, office_id: str) -> Locator:
        return self.page.locator(f"#office-{office_id}")


def track(page: Page, url: str, words: Words, *, number: str, second_factor: str) -> None:
    """As an applicant at home does."""
    page.goto(f"{url}/?lang={words.language}")
    page.get_by_role("link", name=words("Track a case")).first.click()
    page.locator("#number").fill(number)
    page.locator("#second_factor").fill(second_factor)
    page.get_by_role("button", name=words("Show the case")).click()
    expect(page.get_by_role("heading", name=number)).to_be_visible()
