"""A form that is refused comes back with why and with what was entered; another site's form is refused."""

import httpx
import pytest
from litestar._parsers import parse_url_encoded_form_data

from sync.web.forms import FIELDS_MAX
from tests.support.houses import PASSWORD, House

PAGE = "text/html,application/xhtml+xml"
SUMMARY = "govuk-error-summary"
APPLICANT = {
    "last_name": "Шевченко",
    "first_name": "Оксана",
    "born_on": "07.03.1958",
    "tax_id_kind": "rnokpp",
    "rnokpp": "2125011422",
    "document_kind": "passport_book",
    "document_number": "АА123456",
}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def desk(office: House) -> httpx.Client:
    """Oksana's browser."""
    return browser(office, "oksana")


@pytest.fixture
def applicant_page(desk: httpx.Client) -> str:
    """The first page of an application that Oksana has begun."""
    return desk.post("/desk/intake").headers["location"]


def browser(house: House, login: str | None = None) -> httpx.Client:
    visitor = house.visitor(login)
    visitor.headers["Accept"] = PAGE
    return visitor


class TestTheFormComesBack:
    def test_with_the_field_its_rule_and_everything_entered(self, desk: httpx.Client, applicant_page: str) -> None:
        answer = desk.post(applicant_page, data={**APPLICANT, "rnokpp": "2125011423"})
        assert answer.status_code == 422
        assert SUMMARY in answer.text
        assert 'href="#rnokpp"' in answer.text
        assert 'id="rnokpp-error"' in answer.text
        for entered in ("Шевченко", "Оксана", "07.03.1958", "2125011423", "АА123456"):
            assert f'value="{entered}"' in answer.text

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("last_name", ""),
            ("last_name", "Shevchenko"),
            ("last_name", "Ш" * 101),
            ("first_name", "\x00"),
            ("born_on", "31.02.1958"),
            ("born_on", "07.03.2958"),
            ("document_number", "9" * 50),
            ("phone", "12"),
            ("email", "@"),
            ("document_kind", "library_card"),
        ],
    )
    def test_naming_the_field(self, desk: httpx.Client, applicant_page: str, field: str, value: str) -> None:
        answer = desk.post(applicant_page, data={**APPLICANT, field: value})
        assert answer.status_code == 422
        assert f'href="#{field}"' in answer.text

    @pytest.mark.parametrize(
        "typed", ["1e9999999", "1e999999", "-5", "NaN", "inf", "0x10", "1_0", "٣", "4,567", "9" * 20]
    )
    def test_naming_an_amount_that_is_none(self, desk: httpx.Client, applicant_page: str, typed: str) -> None:
        assert desk.post(applicant_page, data=APPLICANT).status_code == 303
        assert (
            desk.post(applicant_page.replace("applicant", "service"), data={"service_code": "09-01"}).status_code == 303
        )
        answer = desk.post(applicant_page.replace("applicant", "papers"), data={"fee_kopecks": typed})
        assert answer.status_code == 422
        assert 'href="#fee_kopecks"' in answer.text

    def test_naming_a_field_that_it_does_not_have(self, desk: httpx.Client, applicant_page: str) -> None:
        answer = desk.post(applicant_page, data={**APPLICANT, "is_admin": "yes"})
        assert answer.status_code == 422
        assert 'href="#is_admin"' in answer.text

    def test_with_markup_that_was_entered_as_text(self, desk: httpx.Client, applicant_page: str) -> None:
        answer = desk.post(applicant_page, data={**APPLICANT, "last_name": '"><script>alert(1)</script>'})
        assert answer.status_code == 422
        assert "<script>alert" not in answer.text

    def test_without_the_password(self, office: House) -> None:
        answer = browser(office).post("/sign-in", data={"login": "nobody-at-all", "password": "таємниця"})
        assert answer.status_code == 401
        assert SUMMARY in answer.text
        assert 'value="nobody-at-all"' in answer.text
        assert "таємниця" not in answer.text

    def test_when_a_rule_of_the_house_refuses(self, desk: httpx.Client) -> None:
        answer = desk.post("/desk/call-next")
        assert answer.status_code == 409
        assert SUMMARY in answer.text

    def test_when_more_cases_are_ticked_than_a_courier_carries(self, desk: httpx.Client) -> None:
        answer = desk.post("/back-office/hand-over", data={"case_ids": ["01JZZZZZZZZZZZZZZZZZZZZZZZ"] * 101})
        assert answer.status_code == 422
        assert SUMMARY in answer.text

    def test_at_the_hub_without_the_second_factor(self, hub: House) -> None:
        answer = browser(hub).post("/track", data={"number": "SHV-2026-0000001-6", "second_factor": "45"})
        assert answer.status_code == 422
        assert 'href="#second_factor"' in answer.text
        assert 'value="SHV-2026-0000001-6"' in answer.text


class TestWhatNoBrowserSends:
    @pytest.mark.parametrize(
        "body", [b"login=\xff", b"login=%ff%fe", b"a=1&" * (FIELDS_MAX + 1)], ids=["no-text", "no-utf8", "many-fields"]
    )
    def test_is_malformed(self, house: House, body: bytes) -> None:
        answer = browser(house).post("/sign-in", content=body, headers=FORM)
        assert answer.status_code == 400
        assert answer.headers["content-type"].startswith("text/html")

    @pytest.mark.parametrize(
        "media_type", ["application/json", "text/plain", "multipart/form-data", "multipart/form-data; boundary=x"]
    )
    def test_in_another_format_is_refused(self, house: House, media_type: str) -> None:
        answer = browser(house).post("/sign-in", content=b"login=a&password=b", headers={"Content-Type": media_type})
        assert answer.status_code == 415

    def test_a_file_behind_a_button_is_no_bug(self, desk: httpx.Client) -> None:
        answer = desk.post("/desk/call-next", content=b"x", headers={"Content-Type": "multipart/form-data"})
        assert answer.status_code == 409

    def test_too_much_is_refused(self, house: House) -> None:
        body = b"login=" + b"x" * 1024 * 1024
        assert browser(house).post("/sign-in", content=body, headers=FORM).status_code == 413

    def test_a_field_twice_is_refused(self, house: House) -> None:
        answer = browser(house).post("/sign-in", data={"login": ["oksana", "taras"], "password": PASSWORD})
        assert answer.status_code == 422
        assert 'href="#login"' in answer.text


def test_nothing_of_a_form_stays_in_memory(house: House) -> None:
    """Litestar's own reader would keep the last thousand bodies: passwords, people, a megabyte each."""
    kept = parse_url_encoded_form_data.cache_info().currsize
    for number in range(5):
        browser(house).post("/sign-in", data={"login": f"nobody-{number}", "password": "таємниця"})
    assert parse_url_encoded_form_data.cache_info().currsize == kept


class TestAnotherSite:
    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://["},
        ],
    )
    def test_sends_nothing_in_a_persons_name(self, office: House, desk: httpx.Client, headers: dict[str, str]) -> None:
        before = office.rows()
        answer = desk.post("/desk/intake", headers=headers)
        assert answer.status_code == 403
        assert office.rows() == before

    def test_is_nowhere_that_a_sign_in_leads(self, house: House) -> None:
        for place in ("https://evil.example", "//evil.example", "/\\evil.example", "/%5cevil", "javascript:alert(1)"):
            login = "oksana" if house.app.state["session_cookie"] == "session-shv" else "taras"
            answer = browser(house).post("/sign-in", data={"login": login, "password": PASSWORD, "next": place})
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/")
            assert not answer.headers["location"].startswith(("//", "/\\"))
