"""Around the kiosk's questions: how the screen is shown, the end of a visit, the page for a node that is away."""

from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get, post
from litestar.datastructures import Cookie
from litestar.params import URLEncodedBody
from litestar.response import File, Redirect, Template

from edge_node.kiosk.model import VIEW_COOKIE, Turn, turned
from sync.web.forms import form_at
from sync.web.pages import STATIC

AnyRequest = Request[Any, Any, Any]
PAGE_LETTERS_MAX = 500


class TurnForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A touch on one of the switches; ``page`` is the one to come back to."""

    turn: Turn
    page: Annotated[str, msgspec.Meta(pattern="^/kiosk([/?][^\\\\]*)?$", max_length=PAGE_LETTERS_MAX)]


class KioskShell(Controller):
    """Nothing here is about a visit."""

    include_in_schema = False

    @post("/kiosk/view", opt=form_at("/kiosk"))
    async def turn(self, data: URLEncodedBody[TurnForm], request: AnyRequest) -> Redirect:
        """Turn lower controls, contrast, larger text or reading aloud on or off, for this visitor."""
        kept = turned(request.cookies.get(VIEW_COOKIE, ""), data.turn)
        answer = Redirect(data.page, status_code=303)
        answer.set_cookie(Cookie(key=VIEW_COOKIE, value=kept, path="/", httponly=True, samesite="lax"))
        return answer

    @get("/kiosk/over")
    async def over(self) -> Redirect:
        """The visitor has gone: the next one finds the first page in Ukrainian, as it always is."""
        answer = Redirect("/kiosk?lang=uk", status_code=303)
        answer.delete_cookie(VIEW_COOKIE)
        return answer

    @get("/kiosk/wait")
    async def wait(self) -> Template:
        """What the browser keeps for the time when this node does not answer."""
        return Template("kiosk/wait.html")

    @get("/kiosk-worker.js")
    async def worker(self) -> File:
        """The script that shows it: at the top, for a worker rules over addresses below its own only."""
        return File(STATIC / "js" / "kiosk-worker.js", media_type="text/javascript", content_disposition_type="inline")
