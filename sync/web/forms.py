"""Forms that come back: a refused post shows its page again, with the error summary and what the person had entered.

A handler that takes a form names the page the form stands on: ``@post("/desk/intake", opt=form_at("/desk/intake"))``.
When the post is refused, that page's GET handler answers under the refusal's status, and its template asks
``entered("field")`` and ``error_for("field")``. Nothing else is to be written: the base template shows the summary.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import msgspec
from litestar import Request, Response
from litestar.datastructures import UploadFile
from litestar.response import Redirect
from litestar.response.base import ASGIResponse
from litestar.types import EmptyType, Message, Receive, Scope, Send
from litestar.utils.scope.state import ScopeState

from sync.web.i18n import gettext
from sync.web.problem_details import FieldError, Problem

FORM_AT = "form_at"
NEVER_SHOWN_AGAIN = frozenset({"password", "pin", "second_factor"})
ENTERED_CHARACTERS_MAX = 10_000  # a refused page carries back no more than a person types
FIELDS_MAX = 1000  # the longest form, the papers of a case, has a few hundred

AnyRequest = Request[Any, Any, Any]


class RefusedForm(msgspec.Struct, frozen=True, kw_only=True):
    """A form that was refused: what it held and why; ``field_errors`` is empty when no single field is to blame."""

    values: dict[str, list[str]]
    detail: str
    field_errors: tuple[FieldError, ...]


_refused: ContextVar[RefusedForm | None] = ContextVar("refused_form", default=None)


def form_at(page: str) -> dict[str, str]:
    """The ``opt`` of a handler whose form stands on ``page``; path parameters as in ``/desk/cases/{case_id}``."""
    return {FORM_AT: page}


def entered(field: str, default: object = "") -> str:
    """What the person entered in ``field`` before the form was refused, else ``default``."""
    refused = _refused.get()
    values = refused.values.get(field) if refused else None
    return values[0] if values else str(default)


def entered_all(field: str) -> list[str]:
    """Every value of ``field`` (checkboxes) of the refused form."""
    refused = _refused.get()
    return refused.values.get(field, []) if refused else []


def error_for(field: str) -> dict[str, str] | None:
    """The ``errorMessage`` of a GOV.UK macro for ``field``, or None."""
    refused = _refused.get()
    for error in refused.field_errors if refused else ():
        if error.field == field:
            return {"text": error.detail, "visuallyHiddenText": gettext("Error")}
    return None


def refused_form() -> RefusedForm | None:
    """The refused form that this page shows again, or None."""
    return _refused.get()


def keep_fields(request: AnyRequest, body: bytes) -> None:
    """Read the fields of a form, for the handler to find; raises ValueError for what no browser sends.

    Litestar's own reader keeps the last thousand bodies in memory, and so what people entered, a megabyte each.
    """
    fields: dict[str, str | list[str] | UploadFile] = {}
    for name, value in parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX):
        match fields.get(name):
            case None:
                fields[name] = value
            case str(before):
                fields[name] = [before, value]
            case list(several):
                several.append(value)
    ScopeState.from_scope(request.scope).form = fields


def has_route(request: AnyRequest) -> bool:
    """Whether a handler was found for this request."""
    return request.scope.get("route_handler") is not None


def page_to_show_again(request: AnyRequest) -> str | None:
    """The page of the form that ``request`` posted, or None when its handler names none."""
    page = request.route_handler.opt.get(FORM_AT) if request.method == "POST" and has_route(request) else None
    return str(page).format_map(request.path_params) if page else None


def redirect_to_sign_in(request: AnyRequest, sign_in_path: str) -> Response[Any]:
    """Send a browser to the sign-in page, and back here after it; a piece of a page sends the whole page there."""
    if request.headers.get("hx-request"):
        address = _sign_in_address(sign_in_path, *_page_shown(request.headers.get("hx-current-url", "")))
        return Response(content=None, status_code=401, headers={"HX-Redirect": address})
    return Redirect(_sign_in_address(sign_in_path, request.url.path, request.url.query), status_code=303)


def _page_shown(address: str) -> tuple[str, str]:
    """Path and query of the page that a browser says it shows."""
    try:
        shown = urlsplit(address)
    except ValueError:
        return "/", ""
    return shown.path or "/", shown.query


def _sign_in_address(sign_in_path: str, path: str, query: str) -> str:
    return f"{sign_in_path}?next={quote(path + (f'?{query}' if query else ''), safe='')}"


class FormAgain(Response[None]):
    """The page of a refused form: its GET handler answers, under the status of the problem."""

    def __init__(self, *, page: str, problem: Problem) -> None:
        super().__init__(content=None, status_code=problem.status)
        self._page = page
        self._problem = problem

    def to_asgi_response(self, *_args: Any, request: AnyRequest, **_options: Any) -> "ShowAgain":  # type: ignore[override]
        return ShowAgain(request, self._page, self._problem)


class ShowAgain(ASGIResponse):
    """Answers a POST with what a GET of the form's page says."""

    def __init__(self, request: AnyRequest, page: str, problem: Problem) -> None:
        super().__init__(status_code=problem.status)
        self._request = request
        self._page = page
        self._problem = problem

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the body is read
        async def send_under_status(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:  # noqa: PLR2004 - HTTP
                message["status"] = self._problem.status
            await send(message)

        refused = RefusedForm(
            values=_values(ScopeState.from_scope(scope).form),
            detail=self._problem.detail,
            field_errors=self._problem.errors,
        )
        token = _refused.set(refused)
        try:
            await self._request.app(_as_get(scope, self._page), _nothing_more, send_under_status)
        finally:
            _refused.reset(token)


def _values(fields: Mapping[str, object] | EmptyType) -> dict[str, list[str]]:
    """What stood in the fields that were read; a button's form has none."""
    values: dict[str, list[str]] = {}
    for name, entry in fields.items() if isinstance(fields, Mapping) else ():
        if name not in NEVER_SHOWN_AGAIN:
            values[name] = [
                str(each)[:ENTERED_CHARACTERS_MAX] for each in (entry if isinstance(entry, list) else [entry])
            ]
    return values


def _as_get(scope: Scope, page: str) -> Any:
    bare = {"type", "asgi", "http_version", "scheme", "root_path", "client", "server", "extensions"}
    path, _, query = page.partition("?")
    headers = [(name, value) for name, value in scope["headers"] if name not in {b"content-length", b"content-type"}]
    return {key: value for key, value in scope.items() if key in bare} | {
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": headers,
        "state": {},
    }


async def _nothing_more() -> Any:
    return {"type": "http.request", "body": b"", "more_body": False}
