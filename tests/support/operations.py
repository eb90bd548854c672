"""The operations that an app's OpenAPI document tells of, and what a problem must look like."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec

METHODS = ("get", "post", "put", "patch", "delete")
ABSENT = "01JZZZZZZZZZZZZZZZZZZZZZZZ"  # an id that nothing bears
PROBLEM_MEDIA_TYPE = "application/problem+json"


class Operation(msgspec.Struct, frozen=True):
    """A method at a path, as the document describes it."""

    method: str
    path: str
    told: dict[str, Any]
    document: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def address(self) -> str:
        """With an id that nothing bears in every place."""
        return re.sub(r"{\w+}", ABSENT, self.path)

    @property
    def is_guarded(self) -> bool:
        return bool(self.told.get("security"))

    @property
    def body(self) -> dict[str, Any] | None:
        """The schema of the JSON that it takes."""
        if "requestBody" not in self.told:
            return None
        schema: dict[str, Any] = self.told["requestBody"]["content"]["application/json"]["schema"]
        return self.resolved(schema)

    def resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in schema:
            return schema
        found: dict[str, Any] = self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
        return found


def document_of(visitor: httpx.Client) -> dict[str, Any]:
    document: dict[str, Any] = visitor.get("/schema/openapi.json").raise_for_status().json()
    return document


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield Operation(method, path, item[method], document)


def faults_of(answer: httpx.Response, *, status: int | set[int]) -> list[str]:
    """What keeps the answer from being the problem it should be."""
    wanted = status if isinstance(status, set) else {status}
    if answer.status_code not in wanted:
        return [f"answered {answer.status_code} {answer.text[:200]}"]
    if answer.headers["content-type"].split(";")[0] != PROBLEM_MEDIA_TYPE:
        return [f"is {answer.headers['content-type']}"]
    problem = answer.json()
    faults = [
        f"has no {key}" for key in ("type", "title", "status", "detail", "instance", "code") if not problem.get(key)
    ]
    if not faults and (problem["status"] != answer.status_code or not problem["type"].endswith(f":{problem['code']}")):
        faults.append(f"contradicts itself: {problem}")
    if answer.status_code == 422 and not problem.get("errors"):
        faults.append("names no field")
    told = problem.get("errors", ())
    return faults + [f"says little: {each}" for each in told if not (each["field"] and each["rule"] and each["detail"])]
