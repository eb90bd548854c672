"""Whose data who may see: by typing an address, on a technician's pages, in addresses, and in the logs."""

import html
import logging
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import structlog
from litestar.handlers import HTTPRouteHandler

from tests.support.houses import House, is_stream
from tests.support.planted import TRACES, Planted, plant

PAGE = "text/html,application/xhtml+xml"
DENIED = {403, 404}

FORMS = {
    "{scan_id}": {"do": "keep"},
    "decision": {"verdict": "granted", "act_number": "1"},
    "issue": {"document_kind": "id_card", "document_number": "000123456"},
    "papers": {"kind": "path-sheet"},
    "settlement": {"outcome": "not_charged"},
}


@pytest.fixture(scope="module")
def planted(office: House) -> Planted:
    return plant(office.store, office.clock)


def gets(house: House) -> list[str]:
    """Every address that can be looked at and ends."""
    return sorted(
        route.path_format
        for route in house.app.routes
        for handler in getattr(route, "route_handlers", ())
        if isinstance(handler, HTTPRouteHandler) and "GET" in handler.http_methods
        if not is_stream(handler) and not route.path_format.startswith(("/static", "/schema", "/sync", "/blobs"))
    )


def browser(house: House, login: str | None) -> httpx.Client:
    visitor = house.visitor(login)
    visitor.headers["Accept"] = PAGE
    return visitor


def traces(text: str) -> list[str]:
    return [each for each in TRACES if each in html.unescape(text)]


class TestByAddress:
    @pytest.mark.parametrize(("login", "whose"), [("oksana", "foreign_case_id"), ("petro", "case_id"), ("iryna", "")])
    def test_nobody_sees_or_moves_a_case_of_another_office_or_body(
        self, office: House, planted: Planted, login: str, whose: str
    ) -> None:
        """Iryna's body has both cases: she is asked for one that is not there."""
        case_id = getattr(planted, whose, "01JZZZZZZZZZZZZZZZZZZZZZZZ")
        program, person, before = office.visitor(login), browser(office, login), office.rows()
        faults = []
        for method, path in self.addresses_of_cases(office):
            address = path.replace("{case_id}", case_id).replace("{step}", "hand-over")
            address = address.replace("{scan_id}", planted.foreign_scan_id).replace(
                "{charge_id}", planted.foreign_charge_id
            )
            form = FORMS.get(path.rsplit("/", 1)[-1], {})
            sent: dict[str, Any] = {} if method == "GET" else {"json": form} if "/api/" in path else {"data": form}
            answer = (program if "/api/" in path else person).request(method, address, **sent)
            allowed = DENIED | ({409} if path.endswith(("/payment", "/charges", "/inquiry", "/settlement")) else set())
            if answer.status_code not in allowed or traces(answer.text):
                faults.append(f"{method} {path} {answer.status_code} {traces(answer.text)}")
        assert faults == []
        assert office.rows() == before

    def addresses_of_cases(self, office: House) -> list[tuple[str, str]]:
        return sorted(
            (method, route.path_format)
            for route in office.app.routes
            if "{case_id}" in route.path_format
            for handler in getattr(route, "route_handlers", ())
            for method in handler.http_methods
            if method != "OPTIONS"
        )

    def test_a_draft_is_its_administrators_alone(self, office: House, planted: Planted) -> None:
        other = browser(office, "nadiia")
        before = office.rows()
        for page in ("applicant", "service", "papers", "check"):
            for method in ("GET", "POST"):
                answer = other.request(
                    method, f"/desk/intake/{planted.draft_id}/{page}", data={"service_code": "03-02"}
                )
                assert answer.status_code in DENIED | {422}, f"{method} {page}"
                assert traces(answer.text) == []
        assert office.rows() == before

    @pytest.mark.parametrize("what", ["", "/inquiry", "/settlement"])
    def test_a_charge_of_another_office_is_not_there(self, office: House, planted: Planted, what: str) -> None:
        sent: dict[str, Any] = {"json": {}} if what == "/settlement" else {}
        oksana = office.visitor("oksana")
        answer = oksana.request("POST" if what else "GET", f"/api/charges/{planted.foreign_charge_id}{what}", **sent)
        assert answer.status_code in DENIED

    def test_a_scan_is_not_reached_through_ones_own_case(self, office: House, planted: Planted) -> None:
        for prefix in ("/api", ""):
            address = f"{prefix}/cases/{planted.case_id}/scans/{planted.foreign_scan_id}"
            assert office.visitor("oksana").get(address).status_code == 404

    @pytest.mark.parametrize("address", ["/api/print-jobs/{}/copies", "/desk/reprint"])
    def test_a_paper_of_a_case_is_printed_again_by_who_reads_the_case(
        self, office: House, planted: Planted, address: str
    ) -> None:
        oksana, receptionist = office.visitor("oksana"), office.visitor("rita")
        job_id = oksana.get(f"/api/cases/{planted.case_id}/papers").json()[0]["id"]
        answers = [
            visitor.post(address.format(job_id), data={"job_id": job_id} if "{}" not in address else None).status_code
            for visitor in (receptionist, oksana)
        ]
        assert answers[0] == 403
        assert answers[1] in {201, 303, 409}  # a copy, unless the first paper may still come

    def test_a_search_finds_ones_own_cases_only(self, office: House, planted: Planted) -> None:
        found = office.visitor("oksana").post("/api/case-searches", json={"text": TRACES[0]}).json()
        assert [each["case_id"] for each in found] == [planted.case_id]
        assert office.visitor("petro").post("/api/case-searches", json={"text": TRACES[0]}).json() == []


def filled(path: str, planted: Planted) -> str:
    known = {"case_id": planted.case_id, "draft_id": planted.draft_id, "sphere": "residence", "code": "03-02"}
    return re.sub(r"{(\w+)}", lambda place: known.get(place[1], "01JZZZZZZZZZZZZZZZZZZZZZZZ"), path)


@pytest.fixture
def said() -> Iterator[list[str]]:
    """Everything that is logged, by either way."""
    heard: list[str] = []

    def hear(_logger: object, _name: str, event: dict[str, Any]) -> str:
        heard.append(repr(event))
        raise structlog.DropEvent

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(f"{record.getMessage()} {record.exc_text or ''}")

    known = structlog.get_config()["processors"]
    ear = Ear()
    structlog.configure(processors=[hear])
    logging.getLogger().addHandler(ear)
    yield heard
    logging.getLogger().removeHandler(ear)
    structlog.configure(processors=known)


class TestWhatIsNotSaid:
    @pytest.mark.parametrize("login", ["taras", "kasia", "olena", "rita", None])
    def test_who_reads_no_cases_sees_no_applicant(self, office: House, planted: Planted, login: str | None) -> None:
        visitor = browser(office, login)
        told = [f"{path} {traces(visitor.get(filled(path, planted)).text)}" for path in gets(office)]
        assert [each for each in told if not each.endswith("[]")] == []

    def test_an_address_tells_of_nobody(self, office: House, planted: Planted) -> None:
        oksana = browser(office, "oksana")
        pages = [oksana.get(filled(path, planted)) for path in gets(office)]
        pages.append(oksana.post("/desk/cases", data={"text": TRACES[0]}))
        pages.append(oksana.post("/desk/intake/search", data={"text": TRACES[0]}))
        assert any(traces(page.text) for page in pages)
        addresses = [each for page in pages for each in re.findall(r'(?:href|action|src)="([^"]*)"', page.text)]
        addresses += [page.headers.get("location", "") for page in pages]
        assert [each for each in addresses if traces(each)] == []

    def test_the_logs_tell_of_nobody(self, office: House, planted: Planted, said: list[str]) -> None:
        oksana, stranger = browser(office, "oksana"), browser(office, None)
        for path in gets(office):
            oksana.get(filled(path, planted))
        for text in TRACES:
            oksana.post("/desk/cases", data={"text": text})
            oksana.post(
                f"/desk/intake/{planted.draft_id}/applicant", data={"last_name": text, "rnokpp": text, "phone": text}
            )
            oksana.post("/desk/issue", data={"number": text, "second_factor": text})
            oksana.get("/api/services", params={"q": text})
            oksana.post("/api/case-searches", json={"text": text, text: text})
            stranger.get(f"/{text}", params={"q": text})
            stranger.post("/sign-in", data={"login": text, "password": text})
        assert said != []
        assert [line for line in said if traces(line)] == []


class TestHeaders:
    @pytest.mark.parametrize("login", ["oksana", "taras", None])
    def test_every_page_keeps_other_sites_and_later_readers_out(
        self, office: House, hub: House, planted: Planted, login: str | None
    ) -> None:
        faults = []
        for house in (office, hub):
            visitor = browser(house, "shv-head" if house is hub and login == "oksana" else login)
            for path in gets(house):
                answer = visitor.get(filled(path, planted))
                faults += [f"{path} {answer.status_code}: {fault}" for fault in unsafe(answer)]
        assert faults == []

    def test_a_page_that_does_not_exist_has_them_too(self, house: House) -> None:
        assert unsafe(browser(house, None).get("/no-such-page")) == []


def unsafe(answer: httpx.Response) -> list[str]:
    """What the headers of an answer leave open; and a page that broke."""
    policy = answer.headers.get("content-security-policy", "")
    wanted = {
        "an inline script or style may run": "default-src 'self'" in policy and "unsafe" not in policy,
        "others may frame it": "frame-ancestors 'none'" in policy,
        "forms may go elsewhere": "form-action 'self'" in policy,
        "it may be kept": answer.headers.get("cache-control") == "no-store",
        "its type may be guessed": answer.headers.get("x-content-type-options") == "nosniff",
        "it broke": answer.status_code < 500,
    }
    faults = [fault for fault, is_safe in wanted.items() if not is_safe]
    if (
        re.search(r"<script(?![^>]*\bsrc=)|\son\w+=\"|<style|\sstyle=\"", answer.text)
        and "html" in answer.headers["content-type"]
    ):
        faults.append("it has something inline")
    return faults
