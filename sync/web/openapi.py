"""The OpenAPI document says what a refusal looks like: every operation may answer with a problem."""

from litestar import Litestar
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, Reference, Schema
from litestar.openapi.spec.enums import OpenAPIType

_TEXT = Schema(type=OpenAPIType.STRING)

_FIELD_ERROR = Schema(
    type=OpenAPIType.OBJECT,
    required=["field", "rule", "detail"],
    properties={"field": _TEXT, "rule": _TEXT, "detail": _TEXT},
)
_PROBLEM = Schema(
    type=OpenAPIType.OBJECT,
    title="Problem",
    description="Problem details (RFC 9457); `code` ends `type`, `errors` names each refused field and its rule.",
    required=["type", "title", "status", "detail", "instance", "code"],
    properties={
        "type": _TEXT,
        "title": _TEXT,
        "status": Schema(type=OpenAPIType.INTEGER),
        "detail": _TEXT,
        "instance": _TEXT,
        "code": _TEXT,
        "facts": Schema(type=OpenAPIType.OBJECT),
        "errors": Schema(type=OpenAPIType.ARRAY, items=_FIELD_ERROR),
    },
)
_ANSWER = OpenAPIResponse(
    description="Refused",
    content={"application/problem+json": OpenAPIMediaType(schema=Reference(ref="#/components/schemas/Problem"))},
)


def describe_problems(app: Litestar) -> None:
    """Replace Litestar's own description of a refused input by ours, as the ``default`` answer of every operation."""
    document = app.openapi_schema
    schemas = document.components.schemas
    schemas["Problem"] = _PROBLEM
    for path in (document.paths or {}).values():
        for operation in (path.get, path.post, path.put, path.patch, path.delete):
            if operation is not None and operation.responses is not None:
                operation.responses.pop("400", None)
                operation.responses["default"] = _ANSWER
