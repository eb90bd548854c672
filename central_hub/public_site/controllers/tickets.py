"""A visitor's ticket followed from outside the office: what its node told of this minute, as of when it told it."""

from datetime import datetime
from functools import partial

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Template

from central_hub.directory import queries as directory
from central_hub.node_gateway.model import LiveOffices
from central_hub.storage import HubStore
from central_hub.storage.transaction import Reader
from sync.ambient import Clock
from sync.vocabulary.errors import NotFound
from sync.vocabulary.ids import OfficeId
from sync.vocabulary.live import ticket_key
from sync.vocabulary.office import Office


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
        """Where the ticket stands; asked again every fifteen seconds, without scripts by the page itself."""
        office = await store.read(partial(_known_office, office_id=office_id))
        told = _told(live_offices, office_id, token=token, now=clock.now())
        return Template("public_site/ticket.html", context={"office": office, **told})

    @get("/live/tickets/{office_id:str}/{token:str}")
    async def live_ticket(
        self,
        office_id: FromPath[OfficeId],
        token: FromPath[str],
        store: NamedDependency[HubStore],
        live_offices: NamedDependency[LiveOffices],
        clock: NamedDependency[Clock],
    ) -> Template:
        """The same, for the page's own script."""
        office = await store.read(partial(_known_office, office_id=office_id))
        told = _told(live_offices, office_id, token=token, now=clock.now())
        return Template("public_site/_ticket.html", context={"office": office, **told})


def _known_office(reader: Reader, *, office_id: OfficeId) -> Office:
    office = directory.office(reader, office_id=office_id)
    if office is None:
        raise NotFound(what="office")
    return office


def _told(live_offices: LiveOffices, office_id: OfficeId, *, token: str, now: datetime) -> dict[str, object]:
    state, key = live_offices.state(office_id), ticket_key(token)
    return {
        "ticket": next((each for each in state.tickets if each.key == key), None) if state else None,
        "as_of": live_offices.heard_at(office_id),
        "is_silent": live_offices.is_silent(office_id, now=now),
    }
