"""The line to the hub over HTTP: its state, for machines."""

from datetime import datetime
from functools import partial

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from edge_node.devices import queries as devices
from edge_node.devices.model import READY, DeviceHealth
from edge_node.replication import queries
from edge_node.replication.queries import SyncStatus
from edge_node.settings import NodeSettings
from sync.ambient import Clock
from sync.replication.client import HubClient
from sync.storage import Store
from sync.vocabulary.staff import Permission
from sync.web.access import any_staff
from sync.web.metrics import Figure, this_machine_or, told


class SyncStatusController(Controller):
    """``/api/sync-status``: backlog, last contact, quarantine."""

    path = "/api/sync-status"
    tags = ("replication",)

    @get(guards=[any_staff])
    async def status(
        self,
        store: NamedDependency[Store],
        hub: NamedDependency[HubClient],
        settings: NamedDependency[NodeSettings],
        clock: NamedDependency[Clock],
    ) -> SyncStatus:
        """Where this node stands towards the hub."""
        disk = queries.disk_use(settings)
        return await store.read(partial(queries.sync_status, health=hub.health, disk=disk, now=clock.now()))


class MetricsController(Controller):
    """``/metrics``: the same for a collector, in the text form of Prometheus; counts only, nobody's data."""

    path = "/metrics"
    include_in_schema = False

    @get(guards=[this_machine_or(Permission.SERVICE_NODE)])
    async def metrics(
        self,
        store: NamedDependency[Store],
        hub: NamedDependency[HubClient],
        settings: NamedDependency[NodeSettings],
        clock: NamedDependency[Clock],
    ) -> Response[bytes]:
        now, disk = clock.now(), queries.disk_use(settings)
        status = await store.read(partial(queries.sync_status, health=hub.health, disk=disk, now=now))
        known = [each for each in await store.read(devices.health) if each.state != devices.UNKNOWN_STATE]
        return told([*figures_of(status, now=now), *(readiness(device) for device in known)])


def figures_of(status: SyncStatus, *, now: datetime) -> list[Figure]:
    """``status`` as a collector gathers it at ``now``."""
    oldest = status.backlog_oldest_at
    waits = 0.0 if oldest is None else max(0.0, (now - oldest).total_seconds())
    figures = [
        Figure(name=name, what=what, value=value)
        for name, what, value in (
            ("vikno_sync_online", "1 while the line to the hub is up", status.is_online),
            ("vikno_sync_frozen", "1 until the node is enrolled anew", status.frozen is not None),
            ("vikno_sync_upgrade_needed", "1 while the hub speaks no protocol of this node", status.is_upgrade_needed),
            ("vikno_sync_lag_seconds", "Since the last word with the hub", status.lag_seconds),
            ("vikno_sync_backlog_operations", "Changes the hub has not acknowledged", status.backlog_count),
            ("vikno_sync_backlog_bytes", "Bytes of these changes", status.backlog_bytes),
            ("vikno_sync_backlog_oldest_seconds", "Age of the oldest of them", waits),
            ("vikno_sync_blobs_pending", "Scans the hub does not hold yet", status.blobs_pending),
            ("vikno_sync_quarantined_operations", "Changes that do not count at the hub", status.quarantined),
            ("vikno_sync_refused_items", "What the hub said and this node could not take", status.refused),
            ("vikno_alarms", "Alarms nobody has looked at", status.alarms),
            ("vikno_cases_in_conflict", "Cases that contradict themselves until a person decides", status.conflicts),
            ("vikno_clock_offset_seconds", "The hub's clock less the clock of this node", status.clock_offset_seconds),
            ("vikno_disk_free_bytes", "Room on the disk of the node", status.disk.free_bytes),
            ("vikno_database_bytes", "Size of the database", status.disk.database_bytes),
        )
    ]
    labels = {"node": status.node_id, "incarnation": status.incarnation}
    return [*figures, Figure(name="vikno_node_info", what="Which node this is", value=1, labels=labels)]


def readiness(device: DeviceHealth) -> Figure:
    """Whether ``device`` can be relied on, as a collector gathers it."""
    labels = {"device": device.name, "family": device.family}
    is_ready = device.state == READY
    return Figure(name="vikno_device_ready", what="1 while it can be relied on", value=is_ready, labels=labels)


controllers = [SyncStatusController, MetricsController]
