"""``/waits``: how well visitors are told how long it will take, for the head of the office."""

from datetime import timedelta
from functools import partial

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.response import Template

from edge_node.queue import queries
from edge_node.queue.model.waits.accuracy import together
from sync.ambient import Clock
from sync.storage import Store
from sync.vocabulary.staff import Permission
from sync.vocabulary.working_days import local_day
from sync.web.access import may

SHOWN = timedelta(days=30)


class WaitPages(Controller):
    """What was promised and what came, by day."""

    path = "/waits"
    include_in_schema = False
    guards = (may(Permission.WATCH_OFFICE),)

    @get()
    async def page(self, store: NamedDependency[Store], clock: NamedDependency[Clock]) -> Template:
        days = await store.read(partial(queries.accuracy_by_day, since=local_day(clock.now()) - SHOWN))
        return Template("queue/waits.html", context={"days": days, "whole": together(days)})


controllers = (WaitPages,)
