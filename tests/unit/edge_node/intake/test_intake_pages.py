"""The intake page by page: what is wrong comes back with the form, what is right leads on, one press registers once."""

import pytest

from tests.support.builders import an_application
from tests.support.desk_app import desk_app
from tests.support.visits import visiting

PERSON = {
    "last_name": "шевченко",
    "first_name": "Оксана",
    "patronymic": "Петрівна",
    "born_on": "07.03.1958",
    "tax_id_kind": "rnokpp",
    "rnokpp": "2125011422",
    "document_kind": "passport_book",
    "document_number": "АА123456",
    "phone": "067 123 45 67",
}
BROWSER = {"accept": "text/html"}


@pytest.fixture
def browser(desk):
    with visiting(desk_app(desk), desk.who("oksana")) as client:
        client.headers.update(BROWSER)
        client.follow_redirects = True
        yield client


def begin(browser) -> str:
    """A new application; the address of its pages."""
    return str(browser.post("/desk/intake", data={}).url).removesuffix("/applicant")


def fill(browser, page: str) -> None:
    browser.post(f"{page}/applicant", data=PERSON)
    browser.post(f"{page}/service", data={"service_code": "03-02"})


def test_an_application_goes_from_page_to_page_to_its_number(browser, desk):
    page = begin(browser)
    assert str(browser.post(f"{page}/applicant", data=PERSON).url).endswith("/service")
    assert str(browser.post(f"{page}/service", data={"service_code": "03-02"}).url).endswith("/papers")
    papers = {"brought": ["0", "1"], "sheets": ["1", "2"], "copies": "1", "fee_variant": "urgent", "notify_by": "sms"}
    check = browser.post(f"{page}/papers", data=papers)
    assert "Шевченко Оксана Петрівна" in check.text
    assert "498,00" in check.text
    registered = browser.post(f"{page}/check")
    assert "SHV-2026-0000001-" in registered.text
    case_id = str(registered.url).rsplit("/", maxsplit=1)[-1]
    assert '"sheets":2' in desk.file(case_id).fields["papers"]


def test_pressing_register_twice_registers_once(browser):
    page = begin(browser)
    fill(browser, page)
    browser.post(f"{page}/papers", data={"brought": ["0", "1"], "sheets": ["1", "1"]})
    first, second = browser.post(f"{page}/check"), browser.post(f"{page}/check")
    assert first.url == second.url
    assert "SHV-2026-0000001-" in second.text


def test_a_wrong_field_comes_back_with_what_was_typed(browser):
    page = begin(browser)
    answer = browser.post(f"{page}/applicant", data=PERSON | {"rnokpp": "2125011423"})
    assert answer.status_code == 422
    assert 'href="#rnokpp"' in answer.text
    assert 'value="2125011423"' in answer.text


@pytest.mark.parametrize("born_on", ["31.02.1958", "yesterday", "1958"])
def test_a_date_that_is_none_is_refused(browser, born_on):
    page = begin(browser)
    answer = browser.post(f"{page}/applicant", data=PERSON | {"born_on": born_on})
    assert (answer.status_code, 'href="#born_on"' in answer.text) == (422, True)


def test_a_missing_paper_stops_the_page_until_the_applicant_insists(browser):
    page = begin(browser)
    fill(browser, page)
    papers = {"brought": "0", "sheets": ["1", "1"]}
    assert browser.post(f"{page}/papers", data=papers).status_code == 409
    answer = browser.post(f"{page}/papers", data=papers | {"applicant_insists": "yes"})
    assert str(answer.url).endswith("/check")
    assert "квитанція" in answer.text


def test_what_a_form_does_not_have_is_refused(browser):
    page = begin(browser)
    assert browser.post(f"{page}/applicant", data=PERSON | {"surprise": "1"}).status_code == 422


def test_the_applicant_of_an_earlier_case_is_taken_over(browser, desk):
    case = desk.take_in(an_application())
    found = browser.post("/desk/intake/search", data={"text": "шевч"})
    assert case.number in found.text
    page = browser.post("/desk/intake", data={"like_case_id": case.case_id})
    assert 'value="2125011422"' in page.text


def test_a_draft_is_only_its_administrators(desk):
    with visiting(desk_app(desk), desk.who("oksana")) as client:
        page = str(client.post("/desk/intake", data={}, headers=BROWSER).url)
    with visiting(desk_app(desk), desk.who("mykola")) as client:
        assert client.get(page, headers=BROWSER).status_code == 404


def test_the_page_of_services_finds_by_words_and_shows_an_empty_answer(browser):
    page = begin(browser)
    assert "03-02" in browser.get(f"{page}/service", params={"q": "обмін пасп"}).text
    assert "03-02" not in browser.get(f"{page}/service", params={"q": "космос"}).text


def test_a_registrar_is_not_let_into_the_intake(desk):
    with visiting(desk_app(desk), desk.who("iryna")) as client:
        assert client.get("/desk/intake", headers=BROWSER).status_code == 403


def test_the_page_asks_after_the_print_only_while_paper_may_come(browser, desk):
    case = desk.take_in()
    address = f"/live/intake/{case.case_id}/printing"
    assert "hx-get" in browser.get(address).text
    desk.do(lambda tx: tx.execute("update print_jobs set state = 'printed'"))
    assert "hx-get" not in browser.get(address).text
