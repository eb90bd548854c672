"""A tiny office on the shared web parts: a page, a form, a table of things that may be refused."""

import errno
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest
from litestar import Litestar, Request, get, post
from litestar.params import FromPath, JSONBody, URLEncodedBody
from litestar.response import Redirect, Response, Template
from litestar.testing import TestClient

from sync.vocabulary.errors import Forbidden, InvalidInput, Refusal
from sync.vocabulary.ids import OfficeId, StaffId
from sync.vocabulary.staff import Permission, Role
from sync.web import sessions
from sync.web.access import SignedIn, any_staff, may, signed_in
from sync.web.forms import form_at
from sync.web.live import live_messages
from sync.web.pages import PageSettings
from sync.web.parts import WebParts, WebSettings
from sync.web.problems import TooManyRequests

HERE = Path(__file__).parent
OPENING = datetime(2026, 11, 21, 12, 5, tzinfo=UTC)


class ShelfEmpty(Refusal):
    """Nothing lies on the shelf."""


class ShelfLocked(Forbidden):
    """The shelf is somebody else's."""


class Visit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=2, max_length=10)]
    persons: Annotated[int, msgspec.Meta(ge=1, le=9)]
    purpose: str = "file"


class HandClock:
    def __init__(self) -> None:
        self.moment = OPENING

    def now(self) -> datetime:
        return self.moment

    def pass_by(self, **span: float) -> None:
        self.moment += timedelta(**span)


@get("/", include_in_schema=False)
async def first_page() -> Template:
    return Template("office/first.html", context={"name": "<b>"})


@get("/visits/new", include_in_schema=False)
async def visit_form() -> Template:
    return Template("office/visit.html")


@post("/visits/new", opt=form_at("/visits/new"), include_in_schema=False)
async def take_visit(data: URLEncodedBody[Visit]) -> Redirect:
    if data.name == "wrong":
        raise InvalidInput(field="name", rule="pattern")
    if data.name == "empty":
        raise ShelfEmpty(shelf="A")
    if data.name == "locked":
        raise ShelfLocked
    return Redirect("/", status_code=303)


@post("/api/visits")
async def api_visit(data: JSONBody[Visit]) -> Visit:
    return data


@get("/api/refusals/{code:str}")
async def refuse(code: FromPath[str]) -> None:
    match code:
        case "shelf":
            raise ShelfEmpty(shelf="A")
        case "throttle":
            raise TooManyRequests(retry_after_seconds=90)
        case "disk":
            raise OSError(errno.ENOSPC, "a path that is nobody's business")
        case "bug":
            raise ZeroDivisionError("a secret of the code")
        case _:
            raise InvalidInput(field="name", rule="length-min", bound=2)


@post("/sign-in")
async def sign_in(request: Request[Any, Any, Any]) -> SignedIn:
    person = SignedIn(
        staff_id=StaffId("01J0000000000000000000STAFF"),
        name="Оксана Тестова",
        roles=frozenset({Role.TECHNICIAN}),
        office_id=OfficeId("SHV"),
    )
    await sessions.begin(request, person)
    return person


@post("/sign-out")
async def sign_out(request: Request[Any, Any, Any]) -> None:
    await sessions.end(request)


@get("/api/me", guards=[any_staff])
async def me(request: Request[Any, Any, Any]) -> SignedIn:
    return signed_in(request)


@get("/live/me", guards=[any_staff])
async def live_me(request: Request[Any, Any, Any]) -> SignedIn:
    return signed_in(request)


@get("/api/devices", guards=[may(Permission.SERVICE_DEVICES)])
async def devices() -> list[str]:
    return []


@get("/api/cases", guards=[may(Permission.READ_CASES)])
async def cases() -> list[str]:
    return []


@get("/live/calls")
async def live_calls(request: Request[Any, Any, Any]) -> Response[Any]:
    return live_messages(request, "calls", lambda call: ("call", str(call)))


HANDLERS = [
    first_page, visit_form, take_visit, api_visit, refuse, sign_in, sign_out, me, live_me, devices, cases, live_calls
]  # fmt: skip


def sessions_of(app: Litestar) -> sessions.SessionStore:
    store = app.stores.get("sessions")
    assert isinstance(store, sessions.SessionStore)
    return store


@pytest.fixture(scope="session")
def running_clock() -> HandClock:
    return HandClock()


@pytest.fixture(scope="session")
def built_app(running_clock: HandClock) -> Litestar:
    """Building an app costs more than most of these tests; `app` gives it back as new."""
    pages = PageSettings(site_name="Центр", packages=(HERE / "an_office",))
    settings = WebSettings(pages=pages, version="1", sessions_path=":memory:", clock=running_clock)
    return Litestar(route_handlers=HANDLERS, plugins=[WebParts(settings)])


@pytest.fixture
def clock(running_clock: HandClock) -> HandClock:
    running_clock.moment = OPENING
    return running_clock


@pytest.fixture
def app(built_app: Litestar, clock: HandClock) -> Litestar:
    sessions_of(built_app).end_everyone()
    return built_app


@pytest.fixture
def client(app: Litestar) -> Iterator[TestClient[Litestar]]:
    with TestClient(app) as client:
        yield client
