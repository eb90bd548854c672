"""``/technician/pairing``: the code by which the city lets this node in, for whoever stands before the machine."""

import asyncio
from functools import partial

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.response import Template

from edge_node.settings import NodeSettings
from sync.replication import asking, pairing
from sync.vocabulary.errors import Forbidden
from sync.web.access import AnyConnection
from sync.web.metrics import is_this_machine

PAGE = "/technician/pairing"


def at_this_machine(connection: AnyConnection, _handler: BaseRouteHandler) -> None:
    """A guard: passes a browser on this very machine; else raises Forbidden, whoever is signed in."""
    if not is_this_machine(connection):
        raise Forbidden


class PairingPages(Controller):
    """A node that nobody knows yet has no staff to sign in; over the network nobody may see the code."""

    include_in_schema = False
    guards = (at_this_machine,)

    @get(PAGE)
    async def page(self, settings: NamedDependency[NodeSettings]) -> Template:
        return Template("technician/pairing.html", context=await _context(settings))

    @get("/live/technician/pairing")
    async def live(self, settings: NamedDependency[NodeSettings]) -> Template:
        """The part that is asked for again by itself."""
        return Template("technician/_pairing.html", context=await _context(settings))


async def _context(settings: NodeSettings) -> dict[str, object]:
    going = await asyncio.to_thread(partial(asking.kept, settings.folder / asking.FILE_NAME))
    return {
        "code": pairing.shown(going.code) if going is not None and going.code else None,
        "hub": going.hub if going is not None else settings.hub.url if settings.hub is not None else None,
        "office_id": settings.office_id,
    }
