"""One visitor's whole way, on the pages: with the line up, and with the line cut from the ticket to the issue."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from sync.web.i18n import Language
from tests.browser.pages.board import Board
from tests.browser.pages.case import CasePage, fetch_from_city, open_from_back_office
from tests.browser.pages.city import City, track
from tests.browser.pages.desk import Desk
from tests.browser.pages.intake import Intake
from tests.browser.pages.kiosk import Kiosk
from tests.browser.pages.technician import Technician
from tests.support import story
from tests.support.browsing import Browsing
from tests.support.demo_city import DemoCity
from tests.support.processes import wait_until
from tests.support.words import Words

SERVICE = "01-01"  # free in time, 30,45 when late: the fee asked here
LATE_VARIANT = "late"
BOARD_SECONDS_MAX = 1.0
SILENT_SECONDS_MAX = 60.0  # the hub calls an office silent after thirty
DEVICE_SECONDS_MAX = 60.0
PERSON = {
    "last_name": "Косач",
    "first_name": "Лариса",
    "patronymic": "Петрівна",
    "born_on": "25.02.1971",
    "document_kind": "passport_book",
    "document_number": "МТ123456",
    "phone": "+380501112233",
}
SECOND_FACTOR = "2233"
ANNOUNCEMENTS: dict[Language, int] = {"uk": 1, "en": 2}  # who chose English is called in both languages
INVENTORY_COPIES = 2  # one for the applicant, one in the case


ADMINISTRATORS: dict[Language, str] = {"uk": "shv-administrator-3", "en": "shv-administrator-4"}


class Visit:
    """Everybody who takes part, each with a browser of their own."""

    def __init__(self, browsing: Browsing, language: Language) -> None:
        self.administrator = ADMINISTRATORS[language]
        self.city = browsing.city
        self.words = Words(language)
        self.hub_words = Words(language, "central_hub")
        self._browsing = browsing
        self._contexts: list[BrowserContext] = []
        shv = self.city.url("SHV")
        self.kiosk = Kiosk(self.page((1080, 1920)), shv, self.words)
        self.board = Board(self.page((1920, 1080)), shv)
        self.desk = Desk(self.page(), shv, self.words)
        self.technician = Technician(self.page(), shv, self.words)
        self.hub = City(self.page((1920, 1080)), self.city.url("hub"), self.hub_words)
        self.papers = Papers(self.city, "SHV")
        self.copies_before = int(self.city.device_facts("SHV", "document-printer")["copies"])

    def page(self, size: tuple[int, int] = (1366, 768)):
        context = self._browsing.fresh(self.words.language, size=size)
        self._contexts.append(context)
        return context.new_page()

    def end(self) -> None:
        for context in self._contexts:
            context.close()


class Papers:
    """What has come out of an office's devices since this was made."""

    def __init__(self, city: DemoCity, office_id: str) -> None:
        self._spool = city.spool(office_id)
        self._before = set(self._everything())

    def expect(self, folder: str, suffix: str, *, count: int) -> None:
        """So many new files come and no more, each with something in it."""
        self.expect_at_least(folder, suffix, count=count)
        assert len(self.new(folder, suffix)) == count

    def expect_at_least(self, folder: str, suffix: str, *, count: int) -> None:
        """So many new files come, each with something in it."""
        wait_until(
            lambda: len(self.new(folder, suffix)) >= count, what=f"{count} of {folder}", seconds=DEVICE_SECONDS_MAX
        )
        assert all(path.stat().st_size > 0 for path in self.new(folder, suffix))

    def new(self, folder: str, suffix: str) -> list[Path]:
        found = (self._spool / folder).glob(f"*{suffix}")
        return sorted(path for path in found if path not in self._before)

    def _everything(self) -> Iterator[Path]:
        return self._spool.rglob("*")


@pytest.fixture(params=["uk", "en"])
def visit(request: pytest.FixtureRequest, browsing: Browsing) -> Iterator[Visit]:
    story.empty_hall(browsing.city, "SHV", login="shv-administrator-5")
    visit = Visit(browsing, request.param)
    yield visit
    visit.city.set_fault("SHV", "payment-terminal", None)
    visit.city.mend_line("SHV")
    visit.end()


@pytest.mark.parametrize("visit", ["uk"], indirect=True)
def test_the_whole_way_with_the_line_up(visit: Visit) -> None:
    visit.hub.open(visit.city.password)
    visit.hub.expect_in_touch("SHV")

    case, number = _up_to_the_decision(visit)

    visit.hub.expect_case_once(number, status="ready_for_issue")
    _collect_at_kyv(visit, case, number)


@pytest.mark.parametrize("visit", ["en"], indirect=True)
def test_the_whole_way_with_the_line_cut_until_the_result_is_collected(visit: Visit) -> None:
    """Steps 1 to 6 need no city; what they did is there once and whole when the line is mended."""
    visit.hub.open(visit.city.password)
    _enter(visit, visit.technician, "shv-technician")
    visit.technician.cut_line()

    case, number = _up_to_the_decision(visit)
    visit.desk.expect_line_cut()
    visit.hub.page.goto(f"{visit.city.url('hub')}/city")
    visit.hub.expect_silent("SHV", seconds_max=SILENT_SECONDS_MAX)
    visit.hub.expect_case_unknown(number)

    visit.technician.mend_line()
    visit.technician.expect_nothing_waiting()
    visit.desk.expect_line_whole()
    visit.hub.expect_case_once(number, status="ready_for_issue")
    assert _numbers_at_the_hub(visit.city) == _numbers_at_the_node(visit.city)
    visit.hub.page.goto(f"{visit.city.url('hub')}/city")
    visit.hub.expect_in_touch("SHV")
    _collect_at_kyv(visit, case, number)


def _enter(visit: Visit, technician: Technician, login: str) -> None:
    technician.open()
    Desk(technician.page, "", visit.words).sign_in(login, visit.city.password)


def _up_to_the_decision(visit: Visit) -> tuple[CasePage, str]:
    _ticket_and_call(visit)
    number = _intake(visit)
    _expect_inventory(visit)
    case = CasePage(visit.desk.page, visit.words)
    case.scan("Заява")
    case.expect_step("scan_attached")
    _pay(visit, case)
    visit.desk.open()
    visit.desk.press("Finish serving")
    visit.desk.expect_state(None)
    case.back()
    case.step("hand-over")
    case.expect_step("handed_over")
    _decide(visit, number)
    case.expect_step("decided_granted")
    case.back()
    case.step("receive-result")
    case.expect_step("ready_for_issue")
    return case, number


def _ticket_and_call(visit: Visit) -> None:
    visit.board.open()
    visit.kiosk.open()
    number = visit.kiosk.take_ticket(sphere="residence", purpose="file")
    visit.kiosk.expect_printed()
    visit.papers.expect("tickets", ".png", count=1)

    visit.desk.open()
    visit.desk.sign_in(visit.administrator, visit.city.password)
    desk_number = visit.desk.take_first_free()
    answered_at = visit.desk.call_next()
    assert visit.desk.ticket_number() == number
    visit.board.expect_call(number, desk=desk_number)
    assert visit.board.shown_at(number) - answered_at < BOARD_SECONDS_MAX
    # whoever was called before this visit may still be spoken of
    visit.papers.expect_at_least("voice", ".wav", count=ANNOUNCEMENTS[visit.words.language])
    visit.desk.press("Start serving")
    visit.desk.expect_state("serving")


def _intake(visit: Visit) -> str:
    intake = Intake(visit.desk.page, visit.words)
    intake.begin()
    intake.enter_person(PERSON)
    intake.enter_rnokpp("1234567890")
    intake.expect_refused("rnokpp", "check-digit")
    intake.refuse_rnokpp()
    intake.choose_service(SERVICE)
    brought = intake.bring_all_papers(pickup="KYV", fee_variant=LATE_VARIANT)
    assert brought
    intake.expect_warned()  # the administrator looks for the mark in the passport
    number = intake.register()
    assert number.startswith("SHV-")
    intake.open_case()
    return number


def _expect_inventory(visit: Visit) -> None:
    """The inventory of the package: one document, two copies of it."""
    visit.papers.expect("documents", ".pdf", count=1)
    assert visit.papers.new("documents", ".pdf")[0].read_bytes().startswith(b"%PDF")
    assert visit.city.device_facts("SHV", "document-printer")["copies"] == visit.copies_before + INVENTORY_COPIES


def _pay(visit: Visit, case: CasePage) -> None:
    ledger_before = visit.city.device_facts("SHV", "payment-terminal")
    case.open_payment()
    for fault, state in (("declined", "declined"), ("lose-answer", None)):
        visit.city.set_fault("SHV", "payment-terminal", fault)
        case.pay()
        if state is not None:
            case.expect_charge(state)
    case.expect_unknown()
    visit.city.set_fault("SHV", "payment-terminal", None)
    case.inquire()
    case.expect_charge("approved")
    case.expect_paid()
    ledger = visit.city.device_facts("SHV", "payment-terminal")
    assert ledger["purchases_received"] == ledger_before["purchases_received"] + 2, "declined once, charged once"
    case.back()
    case.expect_step("payment_received")
    assert case.path().count(visit.words("event:payment_received")) == 1


def _decide(visit: Visit, number: str) -> None:
    case = open_from_back_office(
        visit.page(),
        visit.city.url("SHV"),
        visit.words,
        login="shv-registrar-residence",
        password=visit.city.password,
        number=number,
    )
    case.step("accept")
    case.expect_step("accepted_by_provider")
    case.step("start")
    case.expect_step("started")
    case.decide_granted(act_number="12/34")
    case.expect_step("decided_granted")


def _collect_at_kyv(visit: Visit, case: CasePage, number: str) -> None:
    page = visit.page()
    desk = Desk(page, visit.city.url("KYV"), visit.words)
    desk.open()
    desk.sign_in("kyv-administrator-2", visit.city.password)
    away = fetch_from_city(page, desk.url, visit.words, number=number, second_factor=SECOND_FACTOR)
    away.hand_out(document_number=PERSON["document_number"])
    away.expect_line("issued")

    case.back()
    case.expect_step("archived")
    visit.hub.expect_case_once(number, status="archived")
    path = visit.hub.path_sheet(number)
    assert path.count(visit.hub_words("event:issued")) == 1
    assert path.count(visit.hub_words("event:registered")) == 1
    visit.hub.page.goto(f"{visit.city.url('hub')}/city")
    visit.hub.expect_in_touch("KYV")
    home = visit.page((390, 844))
    track(home, visit.city.url("hub"), visit.hub_words, number=number, second_factor=SECOND_FACTOR)
    assert home.locator(".tracked-status").inner_text().strip() == visit.hub_words("status:archived")


def _numbers_at_the_hub(city: DemoCity) -> list[str]:
    with city.sign_in("hub", "city-head") as head:
        return sorted(case["number"] for case in head.get("/api/city/case-numbers?office_id=SHV").json())


def _numbers_at_the_node(city: DemoCity) -> list[str]:
    people = {PERSON["last_name"], *(each["last_name"] for each in (story.PERSON, *story.OTHERS))}
    with city.sign_in("SHV", "shv-office-head") as head:
        found = [head.post("/api/case-searches", json={"text": surname}).json() for surname in people]
    return sorted({case["number"] for cases in found for case in cases if case["home_office_id"] == "SHV"})
