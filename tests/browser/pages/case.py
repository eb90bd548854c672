"""A case at a node: scans, payment, the steps of its path sheet, handing out the result."""

from playwright.sync_api import Page, expect

from tests.browser.pages.desk import sign_in
from tests.support.words import Words


class CasePage:
    def __init__(self, page: Page, words: Words) -> None:
        self.page = page
        self._words = words
        self.address = page.url

    def back(self) -> None:
        self.page.goto(self.address)

    def path(self) -> list[str]:
        """The path sheet, the first line first."""
        return self.page.locator(".path__what").all_inner_texts()[::-1]

    def expect_step(self, kind: str) -> None:
        """The latest line of the path sheet; it comes by itself."""
        expect(self.page.locator(".path__what").first).to_have_text(self._words(f"event:{kind}"))

    def expect_line(self, kind: str) -> None:
        """One line of the path sheet says so; others may have come after it."""
        expect(self.page.locator(".path__what", has_text=self._words(f"event:{kind}"))).to_have_count(1)

    def press(self, message: str) -> None:
        self.page.get_by_role("button", name=self._words(message)).click()

    def step(self, key: str) -> None:
        self.page.locator(f"form[action$='/steps/{key}'] button").click()

    def scan(self, title: str) -> None:
        self.page.get_by_role("link", name=self._words("Scan papers")).click()
        self.page.locator("#kind").select_option("application")
        self.page.locator("#title").fill(title)
        self.press("Scan")
        expect(self.page.get_by_role("link", name=title)).to_be_visible()
        self.back()

    def open_payment(self) -> None:
        self.page.goto(f"{self.address}/payment")

    def pay(self) -> None:
        self.page.keyboard.press("F2")

    def expect_charge(self, state: str) -> None:
        """The newest payment of the table."""
        expect(self.page.locator("tbody tr .status").first).to_have_text(self._words(f"charge-state:{state}"))

    def expect_unknown(self) -> None:
        expect(
            self.page.get_by_role("alert").get_by_text(self._words("Unknown whether the card was charged"))
        ).to_be_visible()

    def inquire(self) -> None:
        """Ask the terminal, unless the node has asked by itself in this moment."""
        button = self.page.get_by_role("button", name=self._words("Ask the terminal"))
        self.page.reload()
        if button.is_visible():
            button.click()

    def expect_paid(self) -> None:
        expect(self.page.get_by_text(self._words("The fee is paid"))).to_be_visible()

    def decide_granted(self, *, act_number: str) -> None:
        self.page.locator("input[name=verdict][value=granted]").check()
        self.page.locator("#act_number").fill(act_number)
        self.press("Record the decision")

    def hand_out(self, *, document_number: str) -> None:
        self.page.locator("#document_number").fill(document_number)
        self.press("Hand out the result")


def open_from_back_office(page: Page, url: str, words: Words, *, login: str, password: str, number: str) -> CasePage:
    """A registrar signs in and takes the case from the list."""
    page.goto(f"{url}/back-office?lang={words.language}")
    sign_in(page, words, login=login, password=password)
    page.get_by_role("link", name=number).click()
    expect(page.locator("#path-sheet")).to_be_visible()
    return CasePage(page, words)


def fetch_from_city(page: Page, url: str, words: Words, *, number: str, second_factor: str) -> CasePage:
    """The desk of another office asks the hub for the case."""
    page.goto(f"{url}/desk/issue")
    page.locator("#number").fill(number)
    page.locator("#second_factor").fill(second_factor)
    page.keyboard.press("F2")
    expect(page.locator("#path-sheet")).to_be_visible()
    return CasePage(page, words)
