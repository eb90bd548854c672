"""``/waits``: how well visitors are told how long it will take, for the head; and the public feed of the queue."""

from datetime import datetime, timedelta
from functools import partial

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.response import Template

from edge_node.catalogue import queries as catalogue
from edge_node.catalogue.model import UnknownOffice
from edge_node.queue import queries
from edge_node.queue.model.waits.accuracy import together
from edge_node.settings import NodeSettings
from sync.ambient import Clock
from sync.storage import Reader, Store
from sync.vocabulary.ids import OfficeId
from sync.vocabulary.queue_monitor import LineEnds, QueueLine, ServiceStatus, queue_line, with_ends
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


class QueueFeed(Controller):
    """Open to anybody: other programs of the city ask here."""

    path = "/api/queue-monitor"
    tags = ("queue",)

    @get()
    async def lines(
        self, store: NamedDependency[Store], clock: NamedDependency[Clock], settings: NamedDependency[NodeSettings]
    ) -> list[QueueLine]:
        """Every line of the office as a *QueueMonitor* of Smart Data Models, as of its ``dateModified``."""
        return await store.read(partial(_lines, office_id=settings.office_id, now=clock.now()))


def _lines(reader: Reader, *, office_id: OfficeId, now: datetime) -> list[QueueLine]:
    hall, ends = queries.queue_now(reader, now=now), queries.line_ends(reader, now=now)
    try:
        name = catalogue.office(reader, office_id=office_id).name_uk
    except UnknownOffice:  # the hub has not told it yet
        name = office_id
    return [
        with_ends(
            queue_line(
                each.sphere,
                office_id=office_id,
                office_name=name,
                status=ServiceStatus.OPEN if each.open_desks else ServiceStatus.CLOSED,
                waiting=each.waiting,
                as_of=now,
            ),
            ends.get(each.sphere, LineEnds()),
        )
        for each in hall.waiting
    ]


controllers = (WaitPages, QueueFeed)
