"""``/city/erasures``: erased cases, and which offices have not purged them yet."""

from functools import partial
from typing import Any

from litestar import Controller, Request, get
from litestar.di import NamedDependency
from litestar.response import Template

from central_hub.dashboard.controllers.quarantine import of_city
from central_hub.directory import queries as directory
from central_hub.settings import HubSettings
from central_hub.storage import HubStore, erasures, ingest
from sync.vocabulary.staff import Permission
from sync.web.access import may
from sync.web.i18n import current_language

LISTED_MAX = 200


class ErasurePages(Controller):
    """For who watches the whole city; an erasure itself is ordered at the hub's machine."""

    path = "/city/erasures"
    include_in_schema = False
    guards = (may(Permission.WATCH_CITY),)

    @get()
    async def erasures(
        self, request: Request[Any, Any, Any], store: NamedDependency[HubStore], settings: NamedDependency[HubSettings]
    ) -> Template:
        of_city(request, settings)
        context = {
            "offices": await store.read(partial(directory.office_names, language=current_language())),
            "confirmations": await store.read(partial(erasures.confirmations, limit=LISTED_MAX)),
            "unseen_alarms": await store.read(ingest.count_unseen_alarms),
        }
        return Template("dashboard/erasures.html", context=context)
