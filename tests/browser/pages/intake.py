"""The application, page by page, as an administrator types it."""

from playwright.sync_api import Page, expect

from tests.support.words import Words

NEXT = "F2"


class Intake:
    def __init__(self, page: Page, words: Words) -> None:
        self.page = page
        self._words = words

    def begin(self) -> None:
        """From the desk, for the visitor who sits there."""
        self.page.locator("a[href^='/desk/intake?ticket=']").click()
        self.page.get_by_role("button", name=self._words("Enter the applicant")).click()
        expect(self.page.locator("#last_name")).to_be_visible()

    def enter_person(self, person: dict[str, str]) -> None:
        for name in ("last_name", "first_name", "patronymic", "born_on", "document_number", "phone"):
            self.page.locator(f"#{name}").fill(person[name])
        self.page.locator("#document_kind").select_option(person["document_kind"])

    def enter_rnokpp(self, rnokpp: str) -> None:
        self.page.locator("input[name=tax_id_kind][value=rnokpp]").check()
        self.page.locator("#rnokpp").fill(rnokpp)
        self.page.keyboard.press(NEXT)

    def refuse_rnokpp(self) -> None:
        """The applicant has none for religious reasons: the passport carries a mark."""
        self.page.locator("input[name=tax_id_kind][value=refused]").check()
        self.page.keyboard.press(NEXT)

    def expect_refused(self, field: str, rule: str) -> None:
        """The summary and the field itself name the field and the rule."""
        told = self._words(f"rule:{rule}").split("%")[0]
        expect(self.page.locator(f".govuk-error-summary a[href='#{field}']")).to_contain_text(
            self._words(f"field:{field}")
        )
        expect(self.page.locator(f"#{field}-error")).to_contain_text(told)

    def choose_service(self, code: str) -> None:
        self.page.locator("#q").fill(code)
        self.page.keyboard.press("F3")
        self.page.locator(f"button[name=service_code][value='{code}']").click()

    def bring_all_papers(self, *, pickup: str, fee_variant: str | None = None) -> list[str]:
        """Tick every paper of the information card; their names."""
        boxes = self.page.locator("input[name=brought]")
        expect(boxes.first).to_be_visible()
        for place in range(boxes.count()):
            boxes.nth(place).check()
        if fee_variant is not None:
            self.page.locator(f"input[name=fee_variant][value='{fee_variant}']").check()
        self.page.locator("#pickup_office_id").select_option(pickup)
        names = self.page.locator("label[for^=brought-]").all_inner_texts()
        self.page.keyboard.press(NEXT)
        return names

    def expect_warned(self) -> None:
        expect(self.page.locator(".panel--warn")).to_be_visible()

    def register(self) -> str:
        """The official number."""
        expect(self.page.get_by_role("heading", name=self._words("Check before registering"))).to_be_visible()
        self.page.keyboard.press(NEXT)
        expect(self.page.get_by_role("heading", name=self._words("The case is registered"))).to_be_visible()
        return self.page.locator(".ticket-number").inner_text().strip()

    def open_case(self) -> None:
        self.page.get_by_role("link", name=self._words("Open the case: payment, scans, hand-over")).click()
        expect(self.page.locator("#path-sheet")).to_be_visible()
