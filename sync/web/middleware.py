"""What surrounds every request: its language, where it came from, and the headers of every answer."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from sync.vocabulary.errors import Forbidden
from sync.web.i18n import LANGUAGES, language_of, set_language, use_texts

LANGUAGE_COOKIE = "language"
LANGUAGE_COOKIE_SECONDS = 365 * 24 * 60 * 60
TEXTS_STATE = "texts"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none';"
    " frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    # not no-referrer: with it browsers say `Origin: null` on our own forms
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
    # pages hold personal data and stand in a public hall: nothing is left behind; static files say otherwise themselves
    "Cache-Control": "no-store",
}
# no browser shows what nodes, hub and watchers tell each other, and an answer with nothing in it is to stay small
_OF_MACHINES = ("/sync/", "/blobs/")
_MACHINES_HEADERS = {name: _HEADERS[name] for name in ("X-Content-Type-Options", "Cache-Control")}


class CrossOrigin(Forbidden):
    """The request was sent by a page of another site."""


async def add_security_headers(message: Message, scope: Scope) -> None:
    """Litestar's ``before_send``: the headers that every answer carries unless it says otherwise.

    A page carries them all, wherever it is asked: also one that a browser is answered at an address of the machines.
    """
    if message["type"] == "http.response.start" and scope["type"] == ScopeType.HTTP:
        headers = MutableScopeHeaders.from_message(message)
        is_page = headers.get("content-type", "").startswith("text/html")
        is_for_machines = scope["path"].startswith(_OF_MACHINES) and not is_page
        for name, value in (_MACHINES_HEADERS if is_for_machines else _HEADERS).items():
            headers.setdefault(name, value)


def speak_as_asked(connection: ASGIConnection[Any, Any, Any, Any]) -> str | None:
    """Set the language of this request; answers the one to remember when the address asked for it.

    Accept-Language counts only for programs: a browser set up in English still opens a public body's page in Ukrainian.
    """
    use_texts(connection.scope["litestar_app"].state[TEXTS_STATE])
    asked = connection.query_params.get("lang")
    is_program = "json" in connection.headers.get("accept", "")
    language = language_of(
        asked=asked,
        cookie=connection.cookies.get(LANGUAGE_COOKIE),
        accept_language=connection.headers.get("accept-language", "") if is_program else "",
    )
    set_language(language)
    return language if asked in LANGUAGES else None


class LanguageMiddleware(ASGIMiddleware):
    """Answers in the language the person chose, and remembers a choice made by ``?lang=``."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        chosen = speak_as_asked(ASGIConnection(scope))
        if chosen is None:
            await next_app(scope, receive, send)
            return

        async def send_with_choice(message: Message) -> None:
            if message["type"] == "http.response.start":
                cookie = Cookie(
                    key=LANGUAGE_COOKIE,
                    value=chosen,
                    max_age=LANGUAGE_COOKIE_SECONDS,
                    path="/",
                    samesite="lax",
                    httponly=True,
                )
                MutableScopeHeaders.from_message(message).add("Set-Cookie", cookie.to_header(header=""))
            await send(message)

        await next_app(scope, receive, send_with_choice)


class SameOriginMiddleware(ASGIMiddleware):
    """Refuses what another site's page sends in a person's name (cross-site request forgery).

    A browser says where a request comes from in ``Sec-Fetch-Site`` and ``Origin``; every browser still patched
    sends one with each unsafe request, and no page can change them. So no form carries a token: none can be
    forgotten. A program sends neither and has no person's cookies; behind it stands the cookie's ``SameSite=Lax``.
    Source: OWASP, Cross-Site Request Forgery Prevention, "Fetch Metadata headers"; the same check as Go's
    ``http.CrossOriginProtection``.
    """

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        request: Request[Any, Any, Any] = Request(scope)
        if request.method not in _SAFE_METHODS and _is_foreign(request):
            raise CrossOrigin
        await next_app(scope, receive, send)


def _is_foreign(request: Request[Any, Any, Any]) -> bool:
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("origin")
    if origin is None:
        return False
    try:
        return urlsplit(origin).netloc != request.headers.get("host")
    except ValueError:
        return True
