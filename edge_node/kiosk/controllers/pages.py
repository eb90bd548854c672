"""The kiosk's pages, one question each, and the ticket's own page."""

from functools import partial
from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect, ServerSentEvent, Template

from edge_node.kiosk import queries
from edge_node.kiosk.controllers.taking import TicketDesk, site_of
from edge_node.kiosk.model import Followed
from edge_node.queue import commands as queue_commands
from edge_node.queue import queries as queue
from edge_node.queue.model import QUEUE_TOPIC, Language, Wish
from edge_node.settings import NodeSettings
from sync.ambient import Clock, Ids
from sync.storage import Store
from sync.storage.idempotency import KEY_LETTERS_MAX
from sync.vocabulary.catalogue import SPHERES, Sphere
from sync.vocabulary.ticket import PriorityCategory, Purpose
from sync.web.drawing import qr_svg
from sync.web.forms import form_at
from sync.web.i18n import current_language
from sync.web.live import live_fragment
from sync.web.pages import fragment

AnyRequest = Request[Any, Any, Any]

PURPOSE_ICONS = {
    Purpose.FILE: "file-plus",
    Purpose.RECEIVE: "package-check",
    Purpose.CONSULT: "messages-square",
}
PRIORITY_ICONS = {
    PriorityCategory.DISABILITY: "accessibility",
    PriorityCategory.WAR_DISABILITY: "shield-plus",
    PriorityCategory.COMBATANT: "shield",
    PriorityCategory.FALLEN_FAMILY: "flower-2",
    PriorityCategory.HERO: "star",
    PriorityCategory.CHORNOBYL: "radiation",
    PriorityCategory.INFANT: "baby",
    PriorityCategory.ELDERLY: "heart-handshake",
}


class TicketForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a touch on a purpose sends; ``key`` makes a second touch give the same ticket."""

    purpose: Purpose
    key: Annotated[str, msgspec.Meta(min_length=1, max_length=KEY_LETTERS_MAX)]
    priority: PriorityCategory | None = None
    signs: Literal["yes"] | None = None


class KioskPages(Controller):
    """Sphere, purpose, ticket: three touches, four with a right to priority."""

    include_in_schema = False

    @get("/kiosk")
    async def spheres(self, store: NamedDependency[Store], clock: NamedDependency[Clock]) -> Template:
        """The first question: what is it about?"""
        paces = await store.read(partial(queue.paces, now=clock.now()))
        cards = [(card, paces[sphere]) for sphere, card in SPHERES.items() if sphere in paces]
        return Template("kiosk/spheres.html", context={"cards": cards, "back": None})

    @get("/kiosk/{sphere:str}")
    async def purposes(
        self,
        *,
        sphere: FromPath[Sphere],
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
        priority: FromQuery[PriorityCategory | None] = None,
        signs: FromQuery[Literal["yes"] | None] = None,
    ) -> Template:
        """The second question: what for? ``signs``: with somebody who speaks sign language."""
        paces = await store.read(partial(queue.paces, now=clock.now()))
        context = {
            "card": SPHERES[sphere],
            "pace": paces.get(sphere),
            "purposes": PURPOSE_ICONS.items(),
            "priority": priority,
            "signs": signs,
            "key": ids.new(),
            "back": "/kiosk",
        }
        return Template("kiosk/purposes.html", context=context)

    @get("/kiosk/{sphere:str}/priority")
    async def priorities(self, sphere: FromPath[Sphere]) -> Template:
        """A right to be served out of turn, declared by one touch and checked at the desk."""
        context = {"card": SPHERES[sphere], "priorities": PRIORITY_ICONS.items(), "back": f"/kiosk/{sphere.value}"}
        return Template("kiosk/priorities.html", context=context)

    @post("/kiosk/{sphere:str}", opt=form_at("/kiosk/{sphere}"))
    async def take(
        self,
        *,
        sphere: FromPath[Sphere],
        data: URLEncodedBody[TicketForm],
        request: AnyRequest,
        ticket_desk: NamedDependency[TicketDesk],
    ) -> Redirect:
        """Take the ticket, then show it."""
        wish = Wish(
            sphere=sphere,
            purpose=data.purpose,
            priority=data.priority,
            language=Language(current_language()),
            needs_sign_language=data.signs is not None,
        )
        taken = await ticket_desk.take(wish, key=data.key, request=request)
        return Redirect(f"/kiosk/tickets/{taken.token}", status_code=303)

    @get("/kiosk/tickets/{token:str}")
    async def ticket(
        self,
        token: FromPath[str],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        settings: NamedDependency[NodeSettings],
    ) -> Template:
        """The number, large; its paper; its page for the phone."""
        view = await store.read(partial(queries.ticket_view, token=token, now=clock.now()))
        address = f"{site_of(request, settings)}/tickets/{token}"
        context = {"view": view, "card": SPHERES[view.ticket.sphere], "qr": qr_svg(address), "back": None}
        return Template("kiosk/ticket.html", context=context)

    @get("/kiosk/tickets/{token:str}/leave")
    async def leave_page(
        self, token: FromPath[str], store: NamedDependency[Store], clock: NamedDependency[Clock]
    ) -> Template:
        """Ask once more: a slip of the finger must not cost a place."""
        view = await store.read(partial(queries.ticket_view, token=token, now=clock.now()))
        return Template("kiosk/leave.html", context={"view": view, "back": f"/kiosk/tickets/{token}"})

    @post("/kiosk/tickets/{token:str}/leave", opt=form_at("/kiosk/tickets/{token}/leave"))
    async def leave(
        self, token: FromPath[str], store: NamedDependency[Store], clock: NamedDependency[Clock]
    ) -> Redirect:
        """The visitor will not wait."""
        await store.run(partial(queue_commands.give_up_ticket, token=token, now=clock.now()))
        return Redirect(f"/kiosk/tickets/{token}", status_code=303)

    @get("/live/kiosk/tickets/{token:str}/paper")
    async def paper(
        self, token: FromPath[str], store: NamedDependency[Store], clock: NamedDependency[Clock]
    ) -> Template:
        """How the paper of a ticket is doing."""
        view = await store.read(partial(queries.ticket_view, token=token, now=clock.now()))
        return Template("kiosk/_paper.html", context={"view": view})


class TicketPages(Controller):
    """A ticket's own page, on the visitor's phone: whoever has the paper has its address."""

    include_in_schema = False

    @get("/tickets/{token:str}")
    async def status(
        self,
        token: FromPath[str],
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        settings: NamedDependency[NodeSettings],
        followed: NamedDependency[Followed],
    ) -> Template:
        """Where the ticket stands; from now on the hub is told of it too, for who leaves the office's network."""
        view = await store.read(partial(queries.ticket_view, token=token, now=clock.now()))
        followed.note(token)
        outside = None
        if settings.hub is not None and settings.hub.public_url is not None:
            outside = f"{settings.hub.public_url.rstrip('/')}/tickets/{settings.office_id}/{token}"
        return Template("kiosk/status.html", context={**_status(view), "outside": outside})

    @get("/live/tickets/{token:str}")
    async def live_status(
        self, token: FromPath[str], request: AnyRequest, store: NamedDependency[Store], clock: NamedDependency[Clock]
    ) -> ServerSentEvent:
        """The same, again whenever the queue moves."""
        await store.read(partial(queries.ticket_view, token=token, now=clock.now()))

        async def render() -> str:
            view = await store.read(partial(queries.ticket_view, token=token, now=clock.now()))
            return fragment(request, "kiosk/_status.html", _status(view))

        return live_fragment(request, QUEUE_TOPIC, render)

    @post("/tickets/{token:str}/give-up", opt=form_at("/tickets/{token}"))
    async def give_up(
        self, token: FromPath[str], store: NamedDependency[Store], clock: NamedDependency[Clock]
    ) -> Redirect:
        """The visitor will not wait."""
        await store.run(partial(queue_commands.give_up_ticket, token=token, now=clock.now()))
        return Redirect(f"/tickets/{token}", status_code=303)


def _status(view: queries.TicketView) -> dict[str, object]:
    return {"view": view, "card": SPHERES[view.ticket.sphere]}
