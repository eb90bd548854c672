"""The OpenAPI documents tell of everything that a program may ask."""

from typing import Any

from litestar.handlers import HTTPRouteHandler

from tests.support.houses import House
from tests.support.operations import Operation, document_of, operations

# what the documents leave out, by the beginning of its address
LEFT_OUT = {
    "/static/": "files of the pages",
    "/schema": "the document itself",
    "/metrics": "the text form of Prometheus, for a collector",
    "/live/": "streams and pieces of pages, for the pages' own scripts",
    "/telephone/": "what handsets of desks ask for by themselves, from their own addresses alone",
    "/sync/": "msgpack under zstd, signed by a node: described in sync/replication/messages.py",
    "/blobs/": "the bytes of scans, signed by a node: described with it",
}
PAGES = (
    (
        "/",
        "/board",
        "/kiosk",
        "/tickets/",
        "/appointments/",
        "/desk",
        "/back-office",
        "/cases/",
        "/payments",
        "/technician",
        "/sign-in",
        "/sign-out",
        "/pin",
        "/lock",
        "/waits",
        "/statistics",
        "/supervisor",
    ),
    ("/city", "/offices", "/services", "/track", "/book/", "/appointments/"),
)


def routes(house: House) -> set[tuple[str, str]]:
    return {
        (method.lower(), route.path_format)
        for route in house.app.routes
        for handler in getattr(route, "route_handlers", ())
        if isinstance(handler, HTTPRouteHandler)
        for method in handler.http_methods
        if method not in {"OPTIONS", "HEAD"}  # a router's own answers
    }


def is_page(path: str) -> bool:
    return path == "/" or path.startswith(tuple(each for side in PAGES for each in side if each != "/"))


class TestTheDocument:
    def test_every_address_is_in_it_or_has_a_reason_to_be_left_out(self, house: House) -> None:
        told = {(each.method, each.path) for each in operations(document_of(house.visitor()))}
        missing = {
            (method, path)
            for method, path in routes(house) - told
            if not path.startswith(tuple(LEFT_OUT)) and not is_page(path)
        }
        assert missing == set()

    def test_no_page_or_stream_is_in_it(self, house: House) -> None:
        told = [
            str(each)
            for each in operations(document_of(house.visitor()))
            if not each.path.startswith(("/api/", "/health/"))
        ]
        assert told == []

    def test_every_operation_says_what_it_does_takes_and_answers(self, house: House) -> None:
        faults = [f"{each}: {fault}" for each in operations(document_of(house.visitor())) for fault in gaps(each)]
        assert faults == []

    def test_every_operation_that_is_guarded_names_the_session(self, house: House) -> None:
        document = document_of(house.visitor())
        schemes = document["components"]["securitySchemes"]
        assert {(each["in"], each["type"]) for each in schemes.values()} == {("cookie", "apiKey")}
        guarded = {
            (method.lower(), route.path_format)
            for route in house.app.routes
            for handler in getattr(route, "route_handlers", ())
            if handler.resolve_guards()
            for method in handler.http_methods
        }
        told = {(each.method, each.path) for each in operations(document) if each.is_guarded}
        named = {(each.method, each.path) for each in operations(document)}
        assert told == guarded & named


def gaps(operation: Operation) -> list[str]:
    """What a reader of the document would have to guess."""
    told = operation.told
    faults = [] if told.get("description") or told.get("summary") else ["does not say what it does"]
    successes = {status: answer for status, answer in told["responses"].items() if status.startswith("2")}
    if len(successes) != 1:
        faults.append(f"answers {sorted(successes)}")
    for status, answer in successes.items():
        faults += [] if status == "204" or is_typed(answer) else [f"does not say what {status} holds"]
    refused = told["responses"].get("default", {}).get("content", {})
    if "application/problem+json" not in refused:
        faults.append("does not say how it refuses")
    faults += [f"does not type {each['name']}" for each in told.get("parameters", ()) if not each.get("schema")]
    if "requestBody" in told and not (operation.body or {}).get("properties"):
        faults.append("does not say what it takes")
    placed = [each for each in told.get("parameters", ()) if each["in"] == "path"]
    if len(placed) != operation.path.count("{"):
        faults.append("does not name every part of its address")
    return faults


def is_typed(answer: dict[str, Any]) -> bool:
    return all(each.get("schema") for each in answer.get("content", {"": {}}).values())
