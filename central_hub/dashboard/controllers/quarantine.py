"""``/city/quarantine``: changes of offices that do not count, and what a person of the city does with them; alarms."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect, Template

from central_hub.dashboard.controllers.city import sees_all
from central_hub.directory import queries as directory
from central_hub.directory.commands import log_access
from central_hub.node_gateway import commands
from central_hub.node_gateway.model import Merger
from central_hub.notifications import queries as notifications
from central_hub.settings import HubSettings
from central_hub.storage import HubStore, Transaction, ingest
from sync.ambient import Clock
from sync.vocabulary.errors import Forbidden
from sync.vocabulary.staff import Permission
from sync.web.access import SignedIn, may, signed_in
from sync.web.forms import form_at
from sync.web.i18n import current_language

AnyRequest = Request[Any, Any, Any]
PAGE = "/city/quarantine"
WAITS_TOO_LONG = timedelta(days=1)  # an operation on its way alone is followed within minutes
ALARM_ID_MAX = 2**62


class QuarantinePages(Controller):
    """For who watches the whole city, from its own office; no page here tells anything of an applicant."""

    path = PAGE
    include_in_schema = False
    guards = (may(Permission.WATCH_CITY),)

    @get()
    async def quarantine(
        self,
        request: AnyRequest,
        store: NamedDependency[HubStore],
        settings: NamedDependency[HubSettings],
        clock: NamedDependency[Clock],
    ) -> Template:
        of_city(request, settings)
        now = clock.now()
        context = {
            "offices": await store.read(partial(directory.office_names, language=current_language())),
            "changes": await store.read(ingest.quarantined),
            "waiting": await store.read(partial(ingest.long_waiting, before=now - WAITS_TOO_LONG)),
            "messages": await store.read(partial(notifications.standing, now=now)),
            "has_gateway": settings.messages is not None,
            "alarms": await store.read(ingest.last_alarms),
            "unseen_alarms": await store.read(ingest.count_unseen_alarms),
            "is_releasable": commands.is_releasable,
            "limit": ingest.LISTED_MAX,
        }
        return Template("dashboard/quarantine.html", context=context)

    @post("/alarms/seen", opt=form_at(PAGE))
    async def see_alarms(
        self,
        request: AnyRequest,
        store: NamedDependency[HubStore],
        settings: NamedDependency[HubSettings],
        clock: NamedDependency[Clock],
        up_to: Annotated[int, QueryParameter(ge=1, le=ALARM_ID_MAX)],
    ) -> Redirect:
        """Those that the page showed: one raised since stays unseen."""
        await store.run(partial(_see_alarms, up_to=up_to, person=of_city(request, settings), now=clock.now()))
        return Redirect(PAGE, status_code=303)

    @post("/{operation_id:str}/release", opt=form_at(PAGE))
    async def release(
        self,
        *,
        operation_id: FromPath[str],
        request: AnyRequest,
        store: NamedDependency[HubStore],
        settings: NamedDependency[HubSettings],
        clock: NamedDependency[Clock],
        merger: NamedDependency[Merger],
    ) -> Redirect:
        await store.run(_decided(commands.release, operation_id, by=of_city(request, settings), now=clock.now()))
        await merger.appended()
        return Redirect(PAGE, status_code=303)

    @post("/{operation_id:str}/discard", opt=form_at(PAGE))
    async def discard(
        self,
        operation_id: FromPath[str],
        request: AnyRequest,
        store: NamedDependency[HubStore],
        settings: NamedDependency[HubSettings],
        clock: NamedDependency[Clock],
    ) -> Redirect:
        await store.run(_decided(commands.discard, operation_id, by=of_city(request, settings), now=clock.now()))
        return Redirect(PAGE, status_code=303)


def _decided(
    decision: Callable[..., None], operation_id: str, *, by: SignedIn, now: datetime
) -> Callable[[Transaction], None]:
    return partial(decision, operation_id=operation_id, actor_id=by.staff_id, office_id=by.office_id, now=now)


def _see_alarms(tx: Transaction, *, up_to: int, person: SignedIn, now: datetime) -> None:
    if ingest.mark_alarms_seen(tx, up_to=up_to, now=now):
        log_access(
            tx,
            actor_id=person.staff_id,
            office_id=person.office_id,
            action="see_alarms",
            subject=str(up_to),
            now=now,
        )


def of_city(request: AnyRequest, settings: HubSettings) -> SignedIn:
    """Who is signed in; raises Forbidden for an office's own staff: the changes of others are none of theirs."""
    person = signed_in(request)
    if not sees_all(person, settings):
        raise Forbidden
    return person
