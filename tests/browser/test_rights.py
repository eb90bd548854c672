"""What a person may not see is not shown to them by typing its address."""

import pytest

from tests.support.browsing import Browsing

STAFF_PAGES = ("/desk", "/desk/intake", "/desk/issue", "/desk/cases", "/back-office", "/technician", "/cases/{case}")
HIDDEN = {403, 404}


@pytest.mark.parametrize(
    ("place", "login"),
    [("SHV", "shv-registrar-migration"), ("RCP", "rcp-administrator-2"), ("RCP", "rcp-registrar-residence")],
    ids=["another body", "another office", "the same body at another office"],
)
@pytest.mark.parametrize("path", ["/cases/{case}", "/cases/{case}/scans", "/cases/{case}/payment"])
def test_a_case_of_others_is_not_shown_by_its_address(
    place: str, login: str, path: str, browsing: Browsing, facts: dict[str, str]
) -> None:
    page = browsing.as_person(place, login).new_page()
    answer = page.goto(browsing.city.url(place) + path.format(**facts))

    assert answer is not None
    assert answer.status in HIDDEN
    assert "Шевченко" not in page.content()
    page.close()


@pytest.mark.parametrize("path", STAFF_PAGES)
def test_who_is_not_signed_in_is_asked_to_and_comes_back_to_the_page(
    path: str, browsing: Browsing, facts: dict[str, str]
) -> None:
    page = browsing.as_person("SHV", None).new_page()
    page.goto(browsing.city.url("SHV") + path.format(**facts))

    assert "/sign-in?next=" in page.url
    assert page.locator("#password").is_visible()
    page.close()


@pytest.mark.parametrize("path", ["/city", "/city/cases", "/city/cases/{case}"])
def test_the_city_is_shown_to_nobody_unknown(path: str, browsing: Browsing, facts: dict[str, str]) -> None:
    page = browsing.as_person("hub", None).new_page()
    page.goto(browsing.city.url("hub") + path.format(**facts))

    assert "/sign-in?next=" in page.url
    page.close()


@pytest.mark.parametrize(
    ("place", "login", "path"),
    [
        ("SHV", "shv-registrar-residence", "/technician"),
        ("SHV", "shv-registrar-residence", "/desk"),
        ("SHV", "shv-registrar-residence", "/desk/intake"),
        ("SHV", "shv-technician", "/back-office"),
        ("SHV", "shv-technician", "/cases/{case}"),
        ("SHV", "shv-administrator", "/technician"),
        ("SHV", "shv-registrar-residence", "/payments"),
        ("SHV", "shv-technician", "/payments"),
        ("SHV", "shv-registrar-residence", "/payments/recipients"),
        ("SHV", "shv-courier", "/cases/{case}"),
        ("hub", "shv-administrator", "/city"),
        ("hub", "city-technician", "/city/cases"),
        ("hub", "kyv-registrar-migration", "/city/cases/{case}"),
    ],
)
def test_a_wrong_role_gets_a_page_that_says_so(
    place: str, login: str, path: str, browsing: Browsing, facts: dict[str, str]
) -> None:
    page = browsing.as_person(place, login).new_page()
    answer = page.goto(browsing.city.url(place) + path.format(**facts))

    assert answer is not None
    assert answer.status == 403
    assert page.locator("html").get_attribute("lang") == "uk"
    assert page.locator("h1").inner_text()
    page.close()
