"""A visitor's ticket followed from outside the office: what its node told of this minute, as of when it told it."""

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Template

from central_hub.directory import queries as directory
from central_hub.node_gateway.model import LiveOffices
from central_hub.storage import HubStore
from sync.ambient import Clock
from sync.vocabulary.errors import NotFound
from sync.vocabulary.ids import OfficeId
from sync.vocabulary.live import ticket_key


class FollowedPages(Controller):
    """Whoever has the ticket has its address: nobody guesses it, and no person stands on it."""

    include_in_schema = False

    @get("/tickets/{office_id:str}/{token:str}")
    async def ticket(
        self,
        office_id: FromPath[OfficeId],
        token: FromPath[str],
        store: NamedDependency[HubStore],
        live_offices: NamedDependency[LiveOffices],
        clock: NamedDependency[Clock],
    ) -> Template:
        """Where the ticket stands; the page comes anew by itself every fifteen seconds."""
        office = await store.read(lambda reader: directory.office(reader, office_id=office_id))
        if office is None:
            raise NotFound(what="office")
        state, key = live_offices.state(office_id), ticket_key(token)
        context = {
            "office": office,
            "ticket": next((each for each in state.tickets if each.key == key), None) if state else None,
            "as_of": live_offices.heard_at(office_id),
            "is_silent": live_offices.is_silent(office_id, now=clock.now()),
        }
        return Template("public_site/ticket.html", context=context)
