"""Whatever is refused, the answer says what, where and what to do: as JSON to a program, as a page to a person."""

import pytest
from litestar import Litestar
from litestar.testing import TestClient

JSON = {"accept": "application/json"}
PAGE = {"accept": "text/html"}
VISIT = {"name": "Олена", "persons": 2}

Client = TestClient[Litestar]

ERRORS = [
    ("GET", "/api/refusals/shelf", 409, "shelf-empty"),
    ("GET", "/api/refusals/field", 422, "invalid-input"),
    ("GET", "/api/refusals/throttle", 429, "too-many-requests"),
    ("GET", "/api/refusals/bug", 500, "bug"),
    ("GET", "/api/refusals/disk", 507, "disk-full"),
    ("GET", "/nowhere", 404, "not-found"),
    ("PUT", "/api/visits", 405, "method-not-allowed"),
    ("POST", "/api/me", 405, "method-not-allowed"),
]


@pytest.mark.parametrize(("method", "path", "status", "code"), ERRORS)
def test_a_program_gets_problem_details(client: Client, method: str, path: str, status: int, code: str) -> None:
    answer = client.request(method, path, headers=JSON)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["code"], problem["instance"]) == (status, code, path)
    assert problem["type"] == f"urn:vikno:problem:{code}"
    assert problem["title"] not in {"", code}
    assert problem["detail"] not in {"", code}


@pytest.mark.parametrize(("method", "path", "status", "code"), ERRORS)
def test_a_person_gets_a_page_in_their_language(client: Client, method: str, path: str, status: int, code: str) -> None:
    in_ukrainian = client.request(method, path, headers=PAGE)
    in_english = client.request(method, f"{path}?lang=en", headers=PAGE)

    assert in_ukrainian.status_code == in_english.status_code == status
    assert in_ukrainian.headers["content-type"].startswith("text/html")
    assert '<html lang="uk"' in in_ukrainian.text
    assert '<html lang="en"' in in_english.text
    assert code in in_ukrainian.text


def test_a_refusal_tells_its_facts_and_a_sentence(client: Client) -> None:
    problem = client.get("/api/refusals/shelf", headers=JSON).json()

    assert problem["detail"] == "На полиці A порожньо."
    assert problem["facts"] == {"shelf": "A"}
    assert "errors" not in problem


def test_a_refused_field_is_named_with_its_rule_and_bound(client: Client) -> None:
    problem = client.get("/api/refusals/field", headers=JSON).json()

    assert problem["errors"] == [{"field": "name", "rule": "length-min", "detail": "Закоротке: потрібно щонайменше 2."}]
    assert problem["detail"] == "Ім'я: Закоротке: потрібно щонайменше 2."


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_a_bug_shows_nothing_of_itself(client: Client, accept: str) -> None:
    answer = client.get("/api/refusals/bug", headers={"accept": accept})

    assert answer.status_code == 500
    for inside in ("secret", "Traceback", "ZeroDivision", "conftest"):
        assert inside not in answer.text


def test_who_tries_too_often_is_told_how_long_to_wait(client: Client) -> None:
    answer = client.get("/api/refusals/throttle", headers=JSON)

    assert answer.headers["retry-after"] == "90"


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        ({"name": "x", "persons": 2}, "name", "length-min"),
        ({"name": "a" * 11, "persons": 2}, "name", "length-max"),
        ({"name": "abc", "persons": 0}, "persons", "min"),
        ({"name": "abc", "persons": 10}, "persons", "max"),
        ({"name": "abc", "persons": "many"}, "persons", "type"),
        ({"name": "abc"}, "persons", "required"),
        ({**VISIT, "colour": "red"}, "colour", "unknown"),
        ([1, 2], "body", "type"),
        (None, "body", "required"),
    ],
)
def test_a_refused_input_names_field_and_rule(client: Client, body: object, field: str, rule: str) -> None:
    answer = client.post("/api/visits", json=body) if body is not None else client.post("/api/visits")

    assert answer.status_code == 422
    assert [(error["field"], error["rule"]) for error in answer.json()["errors"]] == [(field, rule)]


def test_a_body_that_is_no_json_is_malformed(client: Client) -> None:
    answer = client.post("/api/visits", content=b"{", headers={"content-type": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_a_body_beyond_the_limit_is_too_large(client: Client) -> None:
    answer = client.post("/api/visits", content=b" " * 1_100_000, headers={"content-type": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


def test_a_form_is_no_json(client: Client) -> None:
    answer = client.post("/api/visits", data=VISIT)

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported-media-type")


def test_every_operation_is_documented_to_answer_with_a_problem(client: Client) -> None:
    document = client.get("/schema/openapi.json").json()

    assert "Problem" in document["components"]["schemas"]
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert operations
    for operation in operations:
        assert "application/problem+json" in operation["responses"]["default"]["content"]
        assert "400" not in operation["responses"]


def test_the_document_says_where_a_person_must_be_signed_in(client: Client) -> None:
    paths = client.get("/schema/openapi.json").json()["paths"]

    assert paths["/api/me"]["get"]["security"] == [{"session": []}]
    assert "security" not in paths["/api/visits"]["post"]
