"""Every operation of both documents refuses what it cannot use: by a problem, never by a bug; nothing changes."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from schemathesis import GenerationMode

from tests.support.houses import House
from tests.support.operations import ABSENT, METHODS, Operation, document_of, faults_of, operations

JSON = {"Content-Type": "application/json"}
BODY_BYTES_MAX = 1024 * 1024
STAFF = {"oksana", "iryna", "halyna", "taras", "olena"}, {"shv-head", "taras", "olena"}
HURRY = list(HealthCheck)
EXAMPLES = 4  # of each operation, each way

# open by design
OPEN = {
    "GET /health/live": "for who watches the machine",
    "GET /health/ready": "for who watches the machine",
    "POST /api/session": "the door itself",
    "POST /api/session/by-pin": "the door of a shared desk, after the full sign-in of the day",
    "DELETE /api/session": "whoever is not in is out already",
    "GET /api/services": "the catalogue is public",
    "GET /api/services/{code}": "the catalogue is public",
    "GET /api/offices": "addresses and hours are public",
    "GET /api/queue": "the hall's board, for anybody",
    "POST /api/tickets": "a visitor at the kiosk is nobody yet",
    "GET /api/queues": "people waiting, for anybody",
    "GET /api/queue-monitor": "the same in the shape that other cities use",
    "POST /api/trackings": "an applicant knows the number and the second factor",
}
# for everybody who works here
FOR_ALL_STAFF = {"GET /api/session", "PUT /api/session/pin", "GET /api/desks", "GET /api/sync-status"}
# refused for another reason before the address is looked at
REFUSED_EARLIER = {"POST /api/cases/{case_id}/charges": 409}


class Crew:
    """People of one house, signed in, and who of them an operation lets in."""

    def __init__(self, house: House, logins: set[str]) -> None:
        self.nobody = house.visitor()
        self.powerless = house.visitor("kasia")
        self.operations = list(operations(document_of(self.nobody)))
        self._people = [house.visitor(login) for login in sorted(logins)]
        self._known: dict[str, httpx.Client] = {}

    def who_may(self, operation: Operation) -> httpx.Client:
        if not operation.is_guarded:
            return self.nobody
        if str(operation) not in self._known:
            asked = [(each, ask(each, operation, content=b"[", headers=JSON)) for each in self._people]
            self._known[str(operation)] = next(each for each, answer in asked if answer.status_code != 403)
        return self._known[str(operation)]


@pytest.fixture(scope="module")
def crews(office: House, hub: House) -> dict[House, Crew]:
    return {house: Crew(house, logins) for house, logins in zip((office, hub), STAFF, strict=True)}


@pytest.fixture
def crew(house: House, crews: dict[House, Crew]) -> Crew:
    return crews[house]


@pytest.fixture
def _nothing_changes(house: House) -> Iterator[None]:
    before = house.rows()
    yield
    after = house.rows()
    assert {name for name in before if before[name] != after[name]} == set()


def ask(visitor: httpx.Client, operation: Operation, **sent: Any) -> httpx.Response:
    return visitor.request(operation.method, operation.address, **sent)


def all_faults(
    crew: Crew, send: Callable[[httpx.Client, Operation], httpx.Response], *, status: int | set[int]
) -> list[str]:
    """What is wrong with the answers of the operations that take a body."""
    taking = [each for each in crew.operations if each.body is not None]
    return [f"{each} {fault}" for each in taking for fault in faults_of(send(crew.who_may(each), each), status=status)]


class TestRights:
    def test_what_is_open_is_open_by_design(self, crews: dict[House, Crew]) -> None:
        told = {str(each) for crew in crews.values() for each in crew.operations if not each.is_guarded}
        assert told == set(OPEN)

    def test_nobody_is_let_in_without_signing_in(self, crew: Crew) -> None:
        guarded = [each for each in crew.operations if each.is_guarded]
        assert [f"{each} {x}" for each in guarded for x in faults_of(ask(crew.nobody, each), status=401)] == []

    def test_a_role_that_may_nothing_here_is_refused(self, crew: Crew) -> None:
        guarded = [each for each in crew.operations if each.is_guarded and str(each) not in FOR_ALL_STAFF]
        assert [f"{each} {x}" for each in guarded for x in faults_of(ask(crew.powerless, each), status=403)] == []

    def test_a_cookie_that_somebody_made_up_is_nobodys(self, house: House, crew: Crew) -> None:
        guesser = house.visitor()
        for name in ("session-shv", "session-hub"):
            guesser.cookies.set(name, "A" * 43)
        guarded = [each for each in crew.operations if each.is_guarded]
        assert [f"{each} {x}" for each in guarded for x in faults_of(ask(guesser, each), status=401)] == []


@pytest.mark.usefixtures("_nothing_changes")
class TestBodies:
    @pytest.mark.parametrize(
        "body",
        [
            b"{",
            b'{"a":',
            b"\xff\xfe",
            b'{"a":"\xff"}',
            b"[" * 100_000,
            b'{"a":' * 100_000,
            b"nothing",
            b'{"a":"\\ud800"}',
        ],
        ids=["open", "cut", "no-text", "no-utf8", "deep-list", "deep-object", "words", "half-letter"],
    )
    def test_what_is_no_json_is_malformed(self, crew: Crew, body: bytes) -> None:
        assert all_faults(crew, lambda who, each: ask(who, each, content=body, headers=JSON), status=400) == []

    @pytest.mark.parametrize("body", ["[]", '"text"', "7", "true", "null"])
    def test_what_is_no_object_is_refused(self, crew: Crew, body: str) -> None:
        assert all_faults(crew, lambda who, each: ask(who, each, content=body, headers=JSON), status=422) == []

    def test_an_unknown_field_is_named(self, crew: Crew) -> None:
        unnamed = []
        for each in crew.operations:
            if each.body is not None:
                answer = ask(crew.who_may(each), each, json={"wish": "x"})
                if answer.status_code != 422 or "wish" not in [error["field"] for error in answer.json()["errors"]]:
                    unnamed.append(f"{each} {answer.status_code} {answer.text}")
        assert unnamed == []

    def test_a_missing_field_is_named(self, crew: Crew) -> None:
        unnamed = []
        for each in crew.operations:
            if each.body is not None and (required := set(each.body.get("required", ()))):
                answer = ask(crew.who_may(each), each, json={})
                if answer.status_code != 422 or not {error["field"] for error in answer.json()["errors"]} & required:
                    unnamed.append(f"{each} {answer.status_code} {answer.text}")
        assert unnamed == []

    @pytest.mark.parametrize(
        "value", [{"a": []}, [[]], "Ї" * 100_000, -(10**30)], ids=["object", "list", "long", "number"]
    )
    def test_a_value_of_another_kind_is_refused(self, crew: Crew, value: object) -> None:
        faults = []
        for each in crew.operations:
            for name in (each.body or {}).get("properties", ()):
                answer = ask(crew.who_may(each), each, json={name: value})
                faults += [f"{each} {name} {fault}" for fault in faults_of(answer, status=422)]
        assert faults == []

    def test_a_body_over_the_limit_is_refused(self, crew: Crew) -> None:
        body = b'{"a":"' + b"x" * BODY_BYTES_MAX + b'"}'
        assert all_faults(crew, lambda who, each: ask(who, each, content=body, headers=JSON), status=413) == []

    @pytest.mark.parametrize(
        "media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ";"]
    )
    def test_another_media_type_is_refused(self, crew: Crew, media_type: str) -> None:
        headers = {"Content-Type": media_type}
        assert all_faults(crew, lambda who, each: ask(who, each, content=b"{}", headers=headers), status=415) == []


@pytest.mark.usefixtures("_nothing_changes")
class TestAddresses:
    def test_what_is_not_there_is_not_found(self, crew: Crew) -> None:
        faults = []
        for each in crew.operations:
            if ABSENT in each.address:
                answer = ask(crew.who_may(each), each, json=None if each.body is None else fitting(each))
                faults += [f"{each} {x}" for x in faults_of(answer, status=REFUSED_EARLIER.get(str(each), 404))]
        assert faults == []

    @pytest.mark.parametrize("odd", ["%00", "%ff", "%2e%2e", "a%0d%0ab", "a%3Fb", "%7B0%7D", "x" * 5000, "%27;--"])
    def test_an_odd_address_is_no_bug(self, crew: Crew, odd: str) -> None:
        faults = []
        for each in crew.operations:
            if ABSENT in each.address:
                answer = crew.who_may(each).request(each.method, each.address.replace(ABSENT, odd))
                faults += [f"{each} {x}" for x in faults_of(answer, status={404, 409, 422, 405})]
        assert faults == []

    @pytest.mark.parametrize("value", ["%00", "%ff", "x" * 5000, "-1", "9" * 30, ""])
    def test_an_odd_question_is_no_bug(self, crew: Crew, value: str) -> None:
        faults = []
        for each in crew.operations:
            asked = [told["name"] for told in each.told.get("parameters", ()) if told["in"] == "query"]
            if asked:
                query = "&".join(f"{name}={value}" for name in asked)
                answer = crew.who_may(each).request(each.method, f"{each.address}?{query}")
                faults += (
                    [] if answer.is_success else [f"{each} {x}" for x in faults_of(answer, status={403, 404, 422})]
                )
        assert faults == []

    def test_another_method_is_not_allowed(self, crew: Crew) -> None:
        paths: dict[str, set[str]] = {}
        for each in crew.operations:
            paths.setdefault(each.address, set()).add(each.method)
        faults = [
            f"{method} {address} {fault}"
            for address, known in paths.items()
            for method in sorted(set(METHODS) - known)
            for fault in faults_of(crew.nobody.request(method, address), status=405)
        ]
        assert faults == []

    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "http://["},
            {"Accept-Language": "en;q=x,,"},
            {"Cookie": "language=%ff;;=;"},
            {"Content-Type": "é"},
        ],
    )
    def test_an_odd_header_is_no_bug(self, crew: Crew, headers: dict[str, str]) -> None:
        raw = {name: value.encode("latin-1") for name, value in headers.items()}
        answers = [ask(crew.nobody, each, headers=raw) for each in crew.operations]
        assert {answer.status_code for answer in answers if answer.status_code >= 500} <= {503}


@pytest.mark.usefixtures("_nothing_changes")
def test_no_input_that_breaks_the_document_is_a_bug_or_accepted(crew: Crew) -> None:
    """Schemathesis makes up what breaks the document's own rules."""
    schema = schemathesis.openapi.from_dict(bodies_only(crew.operations[0].document))
    faults: list[str] = []

    def attack(operation: Operation) -> None:
        who = crew.who_may(operation)

        @seed(7)
        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=HURRY
        )
        @given(
            case=schema[operation.path][operation.method].as_strategy(
                generation_mode=GenerationMode.NEGATIVE, headers=JSON
            )
        )
        def send(case: schemathesis.Case) -> None:
            sent = case.as_transport_kwargs(base_url="http://house.test")
            body = json.dumps(sent["json"]).encode() if "json" in sent else sent.get("data", b"")
            assume(not fits(operation, body))
            answer = who.request(sent["method"], operation.address, content=body, headers=JSON)
            faults.extend(f"{operation} {body!r} {x}" for x in faults_of(answer, status=set(range(400, 423))))

        send()

    for operation in crew.operations:
        if operation.body is not None:
            attack(operation)
    assert faults == []


def fits(operation: Operation, body: bytes) -> bool:
    """Whether it keeps the document's rules after all: not every mutation breaks one."""
    try:
        sent = json.loads(body)
    except ValueError:
        return False
    rules = {"components": operation.document["components"], **(operation.body or {})}
    return jsonschema.Draft202012Validator(rules).is_valid(sent)


def bodies_only(document: dict[str, Any]) -> dict[str, Any]:
    """The document without its parameters: what is broken is then the body."""
    bare = copy.deepcopy(document)
    for told in (told for item in bare["paths"].values() for told in item.values()):
        told["parameters"] = [each for each in told.get("parameters", ()) if each["in"] == "path"]
    return bare


def fitting(operation: Operation) -> dict[str, Any]:
    """A body that the operation can use."""
    return next((body for end, body in FITTING.items() if operation.path.endswith(end)), {})


FITTING: dict[str, dict[str, Any]] = {
    "{job_id}/settlement": {"outcome": "printed"},
    "papers": {"kind": "path-sheet"},
    "scan-batches/{scan_id}": {"do": "keep"},
    "decision": {"verdict": "granted", "act_number": "1"},
    "issue": {"document_kind": "id_card", "document_number": "000123456"},
    "transfer": {"sphere": "residence"},
    "break": {"reason": "rest"},
    "next-service": {"sphere": "residence", "purpose": "file"},
    "park": {"minutes": 5},
    "redirection": {"to": "x"},
    "resolutions": {"dispute": "status", "conflict_event_ids": "x", "holds_event_id": "x", "reasons": "x"},
    "bookings": {"seat_id": "0900-1", "name": "x"},
    "cancellations": {"seat_id": "0900-1", "code": "x"},
    "transfers": {"seat_ids": ["0900-1"]},
    "reclaims": {"side": "x", "reasons": "x"},
}
