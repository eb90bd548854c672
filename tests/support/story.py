"""A morning in the demonstration over its JSON interfaces: after it every page of `tests.support.pages` has a story."""

from typing import Any

import httpx

from tests.support import story_booking
from tests.support.demo_city import DemoCity
from tests.support.processes import wait_until

PERSON = {
    "last_name": "Шевченко",
    "first_name": "Тарас",
    "patronymic": "Григорович",
    "born_on": "1991-08-24",
    "tax_id_kind": "rnokpp",
    "rnokpp": "3347301210",
    "document_kind": "id_card",
    "document_number": "000123456",
    "phone": "+380671234567",
}
OTHERS = (
    {**PERSON, "last_name": "Косач", "first_name": "Лариса", "patronymic": "Петрівна"},
    {**PERSON, "last_name": "Ґалаґан-Їжакевич", "first_name": "Єлизавета", "patronymic": "Ігорівна"},
)
LATE = 30  # seconds for what crosses the city on a busy machine
QUEUE = (("residence", "file"), ("residence", "consult"), ("social", "file"), ("business", "receive"))


def _ok(answer: httpx.Response) -> Any:
    assert answer.is_success, f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text}"
    return answer.json()


def _open_case(at: httpx.Client, person: dict[str, str], **more: str) -> dict[str, Any]:
    applied = {"applicant": person, "service_code": "01-01", "fee_variant": "in_time", **more}
    return _ok(at.post("/api/cases", json=applied))


def take_ticket(city: DemoCity, office_id: str, *, sphere: str = "residence", purpose: str = "file") -> dict[str, Any]:
    """A visitor's ticket."""
    with city.sign_in(office_id, None) as kiosk:
        return _ok(kiosk.post("/api/tickets", json={"sphere": sphere, "purpose": purpose}))


def _take_desk(at: httpx.Client) -> str:
    """The first that is free."""
    desk_id = next(desk["id"] for desk in _ok(at.get("/api/desks")) if desk["occupant_id"] is None)
    _ok(at.put(f"/api/desks/{desk_id}/occupant"))
    return str(desk_id)


def call_and_serve(city: DemoCity, office_id: str, *, login: str) -> None:
    """A desk calls a visitor and begins to serve."""
    with city.sign_in(office_id, login) as desk:
        desk_id = _take_desk(desk)
        called = _ok(desk.post(f"/api/desks/{desk_id}/calls", json={}))
        _ok(desk.post(f"/api/tickets/{called['id']}/serving"))


def empty_hall(city: DemoCity, office_id: str, *, login: str) -> None:
    """Serve everybody who waits."""
    with city.sign_in(office_id, login) as desk:
        desk_id = _take_desk(desk)
        while (called := desk.post(f"/api/desks/{desk_id}/calls", json={})).is_success:
            ticket_id = called.json()["id"]
            _ok(desk.post(f"/api/tickets/{ticket_id}/serving"))
            _ok(desk.post(f"/api/tickets/{ticket_id}/finish"))
        _ok(desk.delete(f"/api/desks/{desk_id}/occupant"))


def _draft(at: httpx.Client) -> str:
    """An application filled in up to the page before registering."""
    begun = at.post("/desk/intake", data={})
    way = begun.headers["location"].removesuffix("/applicant")
    person = {**OTHERS[1], "born_on": "24.08.1991", "email": "", "address": ""}
    papers = {"brought": ["0", "1"], "sheets": ["1", "1"], "applicant_insists": "yes", "fee_variant": "in_time"}
    for page, form in (("applicant", person), ("service", {"service_code": "01-01"}), ("papers", papers)):
        answer = at.post(f"{way}/{page}", data=form)
        assert answer.status_code == 303, f"{page}: {answer.status_code} {answer.text}"
    return way.rsplit("/", 1)[-1]


def _decide(city: DemoCity, case_id: str) -> None:
    with city.sign_in("SHV", "shv-registrar-residence") as registrar:
        for step in ("acceptance", "start"):
            _ok(registrar.post(f"/api/cases/{case_id}/{step}"))
        _ok(registrar.post(f"/api/cases/{case_id}/decision", json={"verdict": "granted", "act_number": "12/34"}))


def _status(at: httpx.Client, case_id: str) -> str:
    return str(_ok(at.get(f"/api/cases/{case_id}"))["case"]["status"])


def _issue_at_kyv(city: DemoCity, case: dict[str, Any], *, at_home: httpx.Client) -> None:
    with city.sign_in("KYV", "kyv-administrator") as away:
        asked = {"number": case["number"], "second_factor": "4567"}
        wait_until(lambda: away.post("/api/checkouts", json=asked).is_success, what="the checkout", seconds=LATE)
        _ok(
            away.post(
                f"/api/cases/{case['case_id']}/issue", json={"document_kind": "id_card", "document_number": "000123456"}
            )
        )
    wait_until(lambda: _status(at_home, case["case_id"]) == "archived", what="the case archived at home", seconds=LATE)


def _unknown_payment(city: DemoCity) -> str:
    """At KYV the terminal lost its answer and says nothing since."""
    with city.sign_in("KYV", "kyv-administrator") as kyv:
        _take_desk(kyv)
        case_id = str(_open_case(kyv, OTHERS[0])["case_id"])
        city.set_fault("KYV", "payment-terminal", "lose-answer")
        _ok(kyv.post(f"/api/cases/{case_id}/charges", json={}))
        city.set_fault("KYV", "payment-terminal", "silent")
    return case_id


def _jammed_scan(city: DemoCity, desk: httpx.Client, *, case_id: str) -> None:
    """The paper jams after the first page, which waits for a person's word."""
    city.set_fault("SHV", "scanner", "jammed")
    _ok(desk.post(f"/api/cases/{case_id}/scans", json={"kind": "document", "title": "договір", "pages_expected": 3}))
    city.set_fault("SHV", "scanner", None)


def tell(city: DemoCity) -> dict[str, str]:
    """Let it happen; the facts that the addresses of pages name."""
    with city.sign_in("SHV", "shv-administrator") as desk:
        first = take_ticket(city, "SHV")
        desk_id = _take_desk(desk)
        called = _ok(desk.post(f"/api/desks/{desk_id}/calls", json={}))
        _ok(desk.post(f"/api/tickets/{called['id']}/serving"))
        case = _open_case(desk, PERSON, ticket_id=called["id"], pickup_office_id="KYV")
        case_id = str(case["case_id"])
        _ok(desk.post(f"/api/cases/{case_id}/scans", json={"kind": "application", "title": "Заява"}))
        paid = _ok(desk.post(f"/api/cases/{case_id}/charges", json={}))
        _ok(desk.post(f"/api/cases/{case_id}/hand-over"))
        _decide(city, case_id)
        _ok(desk.post(f"/api/cases/{case_id}/result"))
        _issue_at_kyv(city, case, at_home=desk)
        decide = str(_open_case(desk, OTHERS[0])["case_id"])
        _jammed_scan(city, desk, case_id=decide)
        _ok(desk.post(f"/api/cases/{decide}/hand-over"))
        with city.sign_in("SHV", "shv-registrar-residence") as registrar:
            _ok(registrar.post(f"/api/cases/{decide}/acceptance"))
            _ok(registrar.post(f"/api/cases/{decide}/start"))
        new = str(_open_case(desk, OTHERS[1])["case_id"])
        waiting = [take_ticket(city, "SHV", sphere=sphere, purpose=purpose) for sphere, purpose in QUEUE]
        unknown = _unknown_payment(city)
        return {
            **story_booking.tell(city),
            "ticket": waiting[0]["token"],
            "serving": str(first["id"]),
            "draft": _draft(desk),
            "case": case_id,
            "shift": str(paid["shift_id"]),
            "number": str(case["number"]),
            "new_case": new,
            "decide_case": decide,
            "unknown_case": unknown,
        }
