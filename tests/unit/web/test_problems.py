"""Whatever is refused, the answer says what, where and what to do, as JSON or as a page."""

from litestar import Litestar
from litestar.testing import TestClient

JSON = {"accept": "application/json"}
PAGE = {"accept": "text/html"}


def test_a_refusal_tells_code_facts_and_a_sentence(client: TestClient[Litestar]) -> None:
    answer = client.get("/api/refusals/shelf", headers=JSON)

    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:vikno:problem:shelf-empty",
        "title": "Зараз це неможливо",
        "status": 409,
        "detail": "На полиці A порожньо.",
        "instance": "/api/refusals/shelf",
        "code": "shelf-empty",
        "facts": {"shelf": "A"},
    }
