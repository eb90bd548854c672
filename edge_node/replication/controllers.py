"""The line to the hub over HTTP: its state, for machines."""

from functools import partial

from litestar import Controller, get
from litestar.di import NamedDependency

from edge_node.replication import queries
from edge_node.replication.queries import SyncStatus
from sync.replication.client import HubClient
from sync.storage import Store
from sync.web.access import any_staff


class SyncStatusController(Controller):
    """``/api/sync-status``: backlog, last contact, quarantine."""

    path = "/api/sync-status"
    tags = ("replication",)

    @get(guards=[any_staff])
    async def status(self, store: NamedDependency[Store], hub: NamedDependency[HubClient]) -> SyncStatus:
        """Where this node stands towards the hub."""
        return await store.read(partial(queries.sync_status, health=hub.health))


controllers = [SyncStatusController]
