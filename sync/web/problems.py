"""What a person or a program reads when something was refused: RFC 9457 as JSON, the same as a page for a browser.

Three families reach this module: a Refusal of the rules, an HTTPException of Litestar (bad input, no such page, too
large), and bugs. Only codes, statuses and paths are logged, never what a person entered.
"""

import traceback
from typing import Any

import structlog
from litestar import MediaType, Request, Response
from litestar.enums import RequestEncodingType
from litestar.exceptions import (
    ClientException,
    HTTPException,
    InternalServerException,
    SerializationException,
    ValidationException,
)
from litestar.response import Template
from litestar.types import ExceptionHandlersMap

from sync.storage.disk_failure import DiskFull, is_disk_failure
from sync.vocabulary.errors import Forbidden, NotSignedIn, Refusal
from sync.web import forms
from sync.web.broken_rules import BrokenRule, broken_rules
from sync.web.i18n import current_language, keyed, translate_refusal, translate_rule
from sync.web.middleware import CrossOrigin, speak_as_asked
from sync.web.problem_details import FieldError, Problem

PROBLEM_TYPE = "urn:vikno:problem:"
SIGN_IN_PATH = "/sign-in"
GONE = "client disconnected prematurely"  # Litestar's own words

AnyRequest = Request[Any, Any, Any]

_CODES = {
    400: "malformed",
    401: "not-signed-in",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    415: "unsupported-media-type",
    422: "invalid-input",
    429: "too-many-requests",
    500: "bug",
    503: "not-ready",
}

# nothing of these bodies can be shown again
_UNREADABLE = frozenset({400, 413, 415, 500})
# what a guard says is not about the form; a slice's own 401 or 403 (a wrong password, another's desk) is
_OF_GUARDS = (NotSignedIn, Forbidden, CrossOrigin)

_log = structlog.get_logger("web")


class UnsupportedMediaType(ClientException):
    """The body is not in the format that this address takes."""

    status_code = 415


class MalformedBody(ClientException):
    """The body is not what its media type says."""


class TooManyRequests(Refusal):
    """Too many attempts; ``retry_after_seconds`` says how long to wait."""

    status = 429

    def __init__(self, *, retry_after_seconds: int) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds, minutes=max(1, round(retry_after_seconds / 60)))
        self.retry_after_seconds = retry_after_seconds


def problem_of(error: Exception, *, instance: str) -> Problem:
    """The problem that ``error`` is, in the current language; a bug shows nothing of itself."""
    if isinstance(error, Refusal):
        return _of_refusal(error, instance)
    if isinstance(error, ValidationException):
        return _of_broken_rules(broken_rules(error), instance)
    status = error.status_code if isinstance(error, HTTPException) else 500
    status = status if status in _CODES else (400 if status < 500 else 500)  # noqa: PLR2004 - the classes of HTTP
    code = _CODES[status]
    detail = keyed("problem-detail", code)
    return Problem(
        type=PROBLEM_TYPE + code,
        title=keyed("problem", code),
        status=status,
        detail=detail,
        instance=instance,
        code=code,
    )


def _of_refusal(refusal: Refusal, instance: str) -> Problem:
    errors: tuple[FieldError, ...] = ()
    detail = translate_refusal(refusal, current_language())
    field, rule = refusal.facts.get("field"), refusal.facts.get("rule")
    if isinstance(field, str) and isinstance(rule, str):
        errors = (FieldError(field=field, rule=rule, detail=detail),)
        detail = f"{keyed('field', field)}: {detail}"
    title = keyed("problem", _CODES.get(refusal.status, "refused"))
    return Problem(
        type=PROBLEM_TYPE + refusal.code,
        title=title,
        status=refusal.status,
        detail=detail,
        instance=instance,
        code=refusal.code,
        facts=refusal.facts,
        errors=errors,
    )


def _of_broken_rules(rules: list[BrokenRule], instance: str) -> Problem:
    errors = tuple(
        FieldError(field=broken.field, rule=broken.rule, detail=translate_rule(broken.rule, broken.facts))
        for broken in rules
    )
    return Problem(
        type=f"{PROBLEM_TYPE}invalid-input",
        title=keyed("problem", "invalid-input"),
        status=422,
        detail="; ".join(f"{keyed('field', error.field)}: {error.detail}" for error in errors),
        instance=instance,
        code="invalid-input",
        errors=errors,
    )


def wants_page(request: AnyRequest) -> bool:
    """Whether a person's browser asks; programs get JSON."""
    return "text/html" in request.headers.get("accept", "")


def answer_problem(request: AnyRequest, error: Exception) -> Response[Any]:
    """The answer to a refusal or a bug: the form again, the way to sign in, a page, or problem+json."""
    if not forms.has_route(request):  # nothing was found, so no middleware has run
        speak_as_asked(request)
    if is_disk_failure(error):
        error = DiskFull()
    problem = problem_of(error, instance=request.url.path)
    _report(request, problem, error)
    if wants_page(request):
        if isinstance(error, NotSignedIn) and request.method == "GET":
            return forms.redirect_to_sign_in(request, SIGN_IN_PATH)
        form_page = forms.page_to_show_again(request)
        if form_page is not None and problem.status not in _UNREADABLE and type(error) not in _OF_GUARDS:
            return forms.FormAgain(page=form_page, problem=problem)
        return _page(problem, error)
    return Response(
        content=problem, status_code=problem.status, media_type="application/problem+json", headers=_headers(error)
    )


async def read_body(request: AnyRequest) -> None:
    """Litestar's ``before_request``: reads what the handler takes, in the one format that it takes.

    Raises UnsupportedMediaType for another format, MalformedBody for one that cannot be read.
    """
    field = request.route_handler.parsed_data_field
    wanted = getattr(field.kwarg_definition, "media_type", None) if field is not None else None
    if wanted not in _READERS or not (body := await request.body()):
        return
    if request.content_type[0] != wanted:
        raise UnsupportedMediaType
    try:
        await _READERS[wanted](request, body)
    except (
        SerializationException,
        ValueError,
        RecursionError,
    ) as error:  # no UTF-8, too many fields; nested deeper than anything of ours
        raise MalformedBody from error


async def _read_json(request: AnyRequest, _body: bytes) -> None:
    await request.json()  # kept by the request


async def _read_form(request: AnyRequest, body: bytes) -> None:
    forms.keep_fields(request, body)


_READERS = {RequestEncodingType.JSON: _read_json, RequestEncodingType.URL_ENCODED: _read_form}


def _page(problem: Problem, error: Exception) -> Response[Any]:
    return Template(
        template_name="problem.html",
        context={"problem": problem},
        status_code=problem.status,
        media_type=MediaType.HTML,
        headers=_headers(error),
    )


def _headers(error: Exception) -> dict[str, str]:
    if isinstance(error, TooManyRequests):
        return {"Retry-After": str(error.retry_after_seconds)}
    if isinstance(error, HTTPException) and error.headers:
        return {name: str(value) for name, value in error.headers.items()}
    return {}


def _report(request: AnyRequest, problem: Problem, error: Exception) -> None:
    where = {"method": request.method, "path": str(request.scope.get("path_template", "")), "code": problem.code}
    if problem.status >= 500 and not isinstance(error, Refusal) and not _has_left(error):  # noqa: PLR2004 - the classes of HTTP
        _log.error("bug", **where, error=type(error).__name__, traceback=_frames(error))
    else:
        _log.info("refused", **where, status=problem.status)


def _has_left(error: Exception) -> bool:
    """Whether who asked went away before all of the request had arrived: a cut line, no bug."""
    return isinstance(error, InternalServerException) and error.detail == GONE


def _frames(error: Exception) -> str:
    """Where it happened, without the message: a message may hold what a person entered."""
    return "".join(traceback.format_tb(error.__traceback__))


EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    Refusal: answer_problem,
    HTTPException: answer_problem,
    Exception: answer_problem,
}
