"""The gallery: an app of pages that show each voice and component with plausible words and no storage."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from litestar import Litestar, Request, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import URLEncodedBody
from litestar.response import Redirect, Template

from sync.vocabulary.ids import OfficeId, StaffId
from sync.vocabulary.staff import Role
from sync.web import sessions
from sync.web.access import SignedIn
from sync.web.forms import form_at
from sync.web.pages import PageSettings, Truth
from sync.web.parts import WebParts, WebSettings

HERE = Path(__file__).parent
AT = datetime(2026, 11, 21, 12, 5, tzinfo=UTC)
PAGES = ("kiosk", "ticket", "board", "desk", "form", "public", "city")


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the gallery's form takes."""

    rnokpp: Annotated[str, msgspec.Meta(pattern=r"^\d{10}$")]
    last_name: Annotated[str, msgspec.Meta(min_length=2)]
    notify: str


def _page(name: str) -> HTTPRouteHandler:
    @get(f"/{name}", name=name, include_in_schema=False)
    async def page() -> Template:
        return Template(f"gallery/{name}.html", context={"at": AT})

    return page


@post("/form", opt=form_at("/form"), include_in_schema=False)
async def take(data: URLEncodedBody[Entry]) -> Redirect:
    """Takes the form, or shows it again."""
    return Redirect("/form", status_code=303)


@get("/enter", include_in_schema=False)
async def enter(request: Request[Any, Any, Any]) -> Redirect:
    """Signs the visitor of the gallery in."""
    person = SignedIn(
        staff_id=StaffId("S"),
        name="Ткаченко Марія Петрівна",
        roles=frozenset({Role.ADMINISTRATOR}),
        office_id=OfficeId("SHV"),
    )
    await sessions.begin(request, person)
    return Redirect("/desk", status_code=303)


TRUTHS = {
    "synchronized": Truth(line="synchronized", at=AT),
    "waiting": Truth(line="waiting", at=AT, waiting=12, oldest_minutes=3),
    "cut": Truth(line="cut", at=AT, waiting=22),
}
line: list[str] = ["synchronized"]


def gallery_app() -> Litestar:
    """The gallery as an app; ``line[0]`` says where its line to the city stands."""
    pages = PageSettings(
        site_name="Центр «Шевченківський»", packages=(HERE,), truth=lambda: TRUTHS[line[0]], home="/public"
    )
    settings = WebSettings(pages=pages, version="0", sessions_path=":memory:")
    return Litestar(route_handlers=[*map(_page, PAGES), take, enter], plugins=[WebParts(settings)])
