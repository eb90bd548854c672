"""Pages under odd addresses, questions and fields: each answers by a page that says so, none by a bug."""

import re

import httpx
import pytest
from litestar.handlers import HTTPRouteHandler

from tests.support.houses import House, is_stream

ABSENT = "01JZZZZZZZZZZZZZZZZZZZZZZZ"
APART = ("/api/", "/static", "/schema", "/sync", "/blobs", "/health")
FOR_SCRIPTS = ("/kiosk/speech",)  # JSON
ODD = ("%00", "%ff", "%2e%2e", "a%0d%0aX:b", "a%3Fb", "%7B0%7D", "x" * 5000, "%27;--", "%3Cscript%3E", "%D1%97")
QUESTIONS = ("lang", "q", "sphere", "next", "ticket", "day", "number", "priority", "stopped")


@pytest.fixture
def person(house: House) -> httpx.Client:
    """Who may most in this house."""
    visitor = house.visitor("oksana" if house.database.name == "node.db" else "shv-head")
    visitor.headers["Accept"] = "text/html"
    return visitor


def handlers(house: House, method: str) -> list[tuple[str, HTTPRouteHandler]]:
    return [
        (route.path_format, handler)
        for route in house.app.routes
        for handler in getattr(route, "route_handlers", ())
        if isinstance(handler, HTTPRouteHandler) and method in handler.http_methods
        if not is_stream(handler) and not route.path_format.startswith(APART)
    ]


def faults(answer: httpx.Response, what: str) -> list[str]:
    found = [f"{what} {answer.status_code}"] if answer.status_code >= 500 else []
    return found + ([f"{what} speaks markup that was asked"] if "<script>" in answer.text else [])


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_address_is_no_bug(house: House, person: httpx.Client, odd: str) -> None:
    paths = [path for path, _ in handlers(house, "GET") if "{" in path]
    asked = [(path, person.get(re.sub(r"{\w+}", odd, path))) for path in paths]
    assert [fault for path, answer in asked for fault in faults(answer, path)] == []


@pytest.mark.parametrize("odd", [*ODD, "0001-01-01", "9999-12-31", "9" * 40])
def test_an_odd_question_is_no_bug(house: House, person: httpx.Client, odd: str) -> None:
    query = "&".join(f"{name}={odd}" for name in QUESTIONS)
    asked = [(path, person.get(f"{path}?{query}")) for path, _ in handlers(house, "GET") if "{" not in path]
    asked += [
        (f"{path} {name}", person.get(f"{path}?{name}={odd}"))
        for path in ("/city/cases", "/services")
        for name in QUESTIONS
    ]
    assert [fault for path, answer in asked for fault in faults(answer, path)] == []


def test_a_form_names_the_field_that_it_does_not_have(house: House, person: httpx.Client) -> None:
    refused = {401, 403, 404}  # the page of the form itself is not there, or not this person's
    silent = []
    for path, handler in handlers(house, "POST"):
        if handler.parsed_data_field is not None and path not in FOR_SCRIPTS:
            address = re.sub(r"{\w+}", lambda place: "residence" if place[0] == "{sphere}" else ABSENT, path)
            answer = person.post(address, data={"wish": "x"})
            is_named = answer.status_code == 422 and 'href="#wish"' in answer.text
            if not is_named and answer.status_code not in refused:
                silent.append(f"{path} {answer.status_code}")
    assert silent == []


def test_another_method_is_not_allowed(house: House, person: httpx.Client) -> None:
    known: dict[str, set[str]] = {}
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        for path, _ in handlers(house, method):
            known.setdefault(path, set()).add(method)
    allowed = [
        f"{method} {path} {answer.status_code}"
        for path, methods in known.items()
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - methods
        if (answer := person.request(method, re.sub(r"{\w+}", ABSENT, path))).status_code not in {404, 405}
    ]
    assert allowed == []


@pytest.mark.parametrize("address", ["http://[", "\x00", "https://evil.example/desk?next=x", ""])
def test_a_piece_of_a_page_sends_who_is_out_to_our_own_sign_in(house: House, address: str) -> None:
    visitor = house.visitor()
    headers = {"Accept": "text/html", "HX-Request": "true", "HX-Current-URL": address}
    answer = visitor.get("/live/technician" if house.database.name == "node.db" else "/city", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"].startswith("/sign-in?next=%2F")
