"""Every answer carries its protection, and no page of another site acts in a person's name."""

import re

import pytest
from litestar import Litestar
from litestar.testing import TestClient

PAGE = {"accept": "text/html"}
Client = TestClient[Litestar]


@pytest.mark.parametrize("path", ["/", "/nowhere", "/api/me", "/api/refusals/bug", "/static/js/page.js"])
def test_every_answer_carries_the_security_headers(client: Client, path: str) -> None:
    headers = client.get(path, headers=PAGE).headers

    assert headers["content-security-policy"].startswith("default-src 'self';")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_pages_are_not_kept_and_versioned_files_are(client: Client) -> None:
    page = client.get("/", headers=PAGE)
    stylesheet = re.search(r'href="(/static/[0-9a-f]{12}/vendor/vikno.css)"', page.text)
    assert stylesheet

    assert page.headers["cache-control"] == "no-store"
    assert "immutable" in client.get(stylesheet[1]).headers["cache-control"]


def test_a_page_has_no_script_or_style_of_its_own_and_nothing_from_outside(client: Client) -> None:
    html = client.get("/", headers=PAGE).text

    assert not re.search(r"<script(?![^>]*\bsrc=)", html)
    assert "<style" not in html
    assert not re.search(r'\s(style|on\w+)="', html)
    assert not re.search(r'(src|href)="(https?:)?//', html)


@pytest.mark.parametrize(
    "sent_by",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "http://elsewhere.example"},
        {"origin": "null"},
    ],
)
def test_a_post_from_another_site_is_refused(client: Client, sent_by: dict[str, str]) -> None:
    client.post("/sign-in")

    answer = client.post("/sign-out", headers=sent_by)

    assert (answer.status_code, answer.json()["code"]) == (403, "cross-origin")
    assert client.get("/api/me").status_code == 200


@pytest.mark.parametrize(
    "sent_by",
    [{"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}, {"origin": "http://testserver.local"}, {}],
)
def test_a_post_from_our_own_page_or_a_program_passes(client: Client, sent_by: dict[str, str]) -> None:
    assert client.post("/sign-in", headers=sent_by).status_code == 201


def test_a_link_from_another_site_still_opens(client: Client) -> None:
    assert client.get("/", headers={**PAGE, "sec-fetch-site": "cross-site"}).status_code == 200


def test_health_answers(client: Client) -> None:
    assert client.get("/health/live").json()["is_ready"] is True
    assert client.get("/health/ready").status_code == 200
