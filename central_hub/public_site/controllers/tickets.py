"""A visitor's ticket followed from outside the office: what its node told of this minute, as of when it told it."""

from datetime import datetime
from functools import partial

from litestar import Controller, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Template

from central_hub.directory import queries as directory
from central_hub.node_gateway.model import LiveOffices
from central_hub.storage import HubStore
from sync.ambient import Clock
from sync.vocabulary.errors import NotFound
from sync.vocabulary.ids import OfficeId
from sync.vocabulary.live import ticket_key
from sync.vocabulary.office import Office


class Followed:
    """What an office's node told of one ticket."""

    def __init__(self, office: Office, live_offices: LiveOffices, *, token: str, now: datetime) -> None:
        self._office, self._live, self._key, self._now = office, live_offices, ticket_key(token), now

    def page(self, template: str) -> Template:
        """Where the ticket stands, as this template shows it."""
        state = self._live.state(self._office.id)
        context = {
            "office": self._office,
            "ticket": next((each for each in state.tickets if each.key == self._key), None) if state else None,
            "as_of": self._live.heard_at(self._office.id),
            "is_silent": self._live.is_silent(self._office.id, now=self._now),
        }
        return Template(template, context=context)


async def provide_followed(
    office_id: FromPath[OfficeId],
    token: FromPath[str],
    store: NamedDependency[HubStore],
    live_offices: NamedDependency[LiveOffices],
    clock: NamedDependency[Clock],
) -> Followed:
    """The ticket of the address; raises NotFound for an office that the city does not have."""
    office = await store.read(partial(directory.office, office_id=office_id))
    if office is None:
        raise NotFound(what="office")
    return Followed(office, live_offices, token=token, now=clock.now())


class FollowedPages(Controller):
    """Whoever has the ticket has its address: nobody guesses it, and no person stands on it."""

    include_in_schema = False
    dependencies = {"followed": Provide(provide_followed)}  # noqa: RUF012 - Litestar reads it off the class

    @get("/tickets/{office_id:str}/{token:str}")
    async def ticket(self, followed: NamedDependency[Followed]) -> Template:
        """Where the ticket stands; asked again every fifteen seconds, without scripts by the page itself."""
        return followed.page("public_site/ticket.html")

    @get("/live/tickets/{office_id:str}/{token:str}")
    async def live_ticket(self, followed: NamedDependency[Followed]) -> Template:
        """The same, for the page's own script."""
        return followed.page("public_site/_ticket.html")
