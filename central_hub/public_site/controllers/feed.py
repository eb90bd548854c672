"""The public feed of all queues in the shape of QueueMonitor, as of when each office spoke."""

from datetime import datetime
from functools import partial

from litestar import Controller, get
from litestar.di import NamedDependency

from central_hub.directory import queries as directory
from central_hub.node_gateway.model import LiveOffices
from central_hub.storage import HubStore
from central_hub.storage.transaction import Reader
from sync.ambient import Clock
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.live import LiveState
from sync.vocabulary.queue_monitor import QueueLine, ServiceStatus, queue_line


class QueueFeed(Controller):
    """Open to anybody."""

    path = "/api/queue-monitor"
    tags = ("public",)

    @get()
    async def lines(
        self,
        store: NamedDependency[HubStore],
        live_offices: NamedDependency[LiveOffices],
        clock: NamedDependency[Clock],
    ) -> list[QueueLine]:
        """Every line of every office heard, as a *QueueMonitor* of Smart Data Models, as of its ``dateModified``.

        ``Suspended`` where the office is silent: its last word is told, as of when it spoke.
        """
        return await store.read(partial(_lines, live_offices=live_offices, now=clock.now()))


def _lines(reader: Reader, *, live_offices: LiveOffices, now: datetime) -> list[QueueLine]:
    names = directory.office_names(reader, language="uk")
    lines = []
    for office_id, name in names.items():
        state = live_offices.state(office_id)
        if state is not None:
            is_silent = live_offices.is_silent(office_id, now=now)
            lines += _of_office(state, name=name, is_silent=is_silent)
    return lines


def _of_office(state: LiveState, *, name: str, is_silent: bool) -> list[QueueLine]:
    status = ServiceStatus.OPEN if state.open_desks else ServiceStatus.CLOSED
    known = {sphere.value: sphere for sphere in Sphere}
    return [
        queue_line(
            known[sphere],
            office_id=state.office_id,
            office_name=name,
            status=ServiceStatus.SUSPENDED if is_silent else status,
            waiting=waiting,
            as_of=state.taken_at,
        )
        for sphere, waiting in state.waiting.items()
        if sphere in known
    ]
