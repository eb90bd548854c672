"""The OpenAPI document says what a refusal looks like, and where a person must be signed in."""

from typing import Any

from litestar import Litestar, Request
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, Reference, Schema, SecurityScheme
from litestar.openapi.spec.enums import OpenAPIType

from sync.web.sessions import COOKIE_STATE

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


class DescribedDocument(JsonRenderPlugin):
    """The document as JSON, made when it is first asked for: an office starts without it."""

    def __init__(self) -> None:
        super().__init__()
        self._described: dict[str, Any] | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:  # noqa: ARG002 - Litestar's own words
        """The document with its refusals."""
        if self._described is None:
            _describe(request.app)
            self._described = request.app.openapi_schema.to_schema()
        return super().render(request, self._described)


def _describe(app: Litestar) -> None:
    """Tell in the document what a refusal looks like and which operations ask for a signed-in person."""
    document = app.openapi_schema
    document.components.schemas["Problem"] = _PROBLEM
    cookie = app.state[COOKIE_STATE]
    session = SecurityScheme(type="apiKey", name=cookie, security_scheme_in="cookie", description="Signed-in staff")
    document.components.security_schemes = {**(document.components.security_schemes or {}), "session": session}
    guarded = _guarded_operations(app)
    for path in (document.paths or {}).values():
        for operation in (path.get, path.post, path.put, path.patch, path.delete):
            if operation is not None and operation.responses is not None:
                operation.responses.pop("400", None)  # Litestar's own words for a refused input
                operation.responses["default"] = _ANSWER
                if operation.operation_id in guarded:
                    operation.security = [{"session": []}]


def _guarded_operations(app: Litestar) -> set[str]:
    document_ids = set()
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            if (
                isinstance(handler, HTTPRouteHandler)
                and handler.resolve_include_in_schema()
                and handler.resolve_guards()
            ):
                document_ids |= _operation_ids(app, route.path_format, handler)
    return document_ids


def _operation_ids(app: Litestar, path: str, handler: HTTPRouteHandler) -> set[str]:
    item = (app.openapi_schema.paths or {}).get(path)
    operations = [getattr(item, method.lower(), None) for method in handler.http_methods] if item else []
    return {operation.operation_id for operation in operations if operation is not None and operation.operation_id}
