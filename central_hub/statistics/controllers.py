"""``/metrics``: how the hub stands, for a collector."""

import asyncio
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from sqlalchemy.exc import SQLAlchemyError

from central_hub.node_gateway.model import LiveOffices
from central_hub.notifications.model import Trouble
from central_hub.settings import HubSettings
from central_hub.statistics import queries
from central_hub.statistics.model import HubStanding, Scale
from central_hub.storage import HubStore
from sync.ambient import Clock
from sync.replication.authority import AuthorityKeeper, Standing
from sync.vocabulary.staff import Permission
from sync.web.metrics import Figure, this_machine_or, told

DAY = timedelta(days=1)


class MetricsController(Controller):
    """``/metrics``: how the hub stands, in the text form of Prometheus; counts only, nobody's data."""

    path = "/metrics"
    include_in_schema = False

    @get(guards=[this_machine_or(Permission.WATCH_CITY)])
    async def metrics(
        self,
        *,
        store: NamedDependency[HubStore],
        live_offices: NamedDependency[LiveOffices],
        scale: NamedDependency[Scale],
        authority: NamedDependency[AuthorityKeeper | None],
        settings: NamedDependency[HubSettings],
        clock: NamedDependency[Clock],
    ) -> Response[bytes]:
        """Also while the database is away: then it says so, and what it knows without it."""
        now = clock.now()
        try:
            standing = await store.read(partial(queries.standing, live_offices=live_offices, scale=scale, now=now))
        except SQLAlchemyError:
            standing = None
        certificates = None if authority is None else authority.standing
        disk = await asyncio.to_thread(shutil.disk_usage, settings.folder)
        return told(figures_of(standing, certificates=certificates, free_bytes=disk.free, now=now))


def figures_of(
    standing: HubStanding | None, *, certificates: Standing | None, free_bytes: int, now: datetime
) -> Iterator[Figure]:
    """What a collector gathers at ``now``; without a ``standing`` the database does not answer."""
    yield Figure(name="vikno_hub_database_up", what="1 while it answers", value=standing is not None)
    yield Figure(name="vikno_disk_free_bytes", what="Room on the disk of the hub", value=free_bytes)
    if certificates is not None:
        yield from _of_certificates(certificates, now=now)
    if standing is not None:
        yield from _of_database(standing, now=now)


def _of_certificates(standing: Standing, *, now: datetime) -> Iterator[Figure]:
    for name, what, ends_at in (
        ("vikno_hub_certificate_days", "Until the hub's certificate ends", standing.certificate_ends_at),
        ("vikno_hub_authority_days", "Until the authority behind it ends", standing.authority_ends_at),
    ):
        yield Figure(name=name, what=what, value=(ends_at - now) / DAY)


def _of_database(standing: HubStanding, *, now: datetime) -> Iterator[Figure]:
    work, kept = standing.backlog, standing.messages_waiting
    for name, what, value in (
        ("vikno_hub_operations_accepted", "Changes that nodes brought, ever", work.accepted),
        ("vikno_hub_operations_settled", "Of these, what was merged or set apart", work.accepted - work.unmerged),
        ("vikno_hub_operations_unmerged", "Of these, what waits for its turn", work.unmerged),
        ("vikno_hub_unmerged_oldest_seconds", "Age of the oldest of them", _age(work.oldest_at, now=now) or 0.0),
        ("vikno_hub_operations_waiting", "Changes that miss another which has not come", work.waiting),
        ("vikno_hub_operations_quarantined", "Changes that do not count until a person decides", work.quarantined),
        ("vikno_alarms", "Alarms nobody has looked at", standing.alarms),
        ("vikno_hub_messages_waiting", "Messages to people that nobody has carried yet", sum(kept.values())),
        ("vikno_hub_blobs_bytes", "Bytes of all scans, of within the hour", standing.blobs_bytes),
        ("vikno_hub_backed_up", "1 once there is a backup", standing.backed_up_at is not None),
        ("vikno_hub_backup_age_seconds", "Since the last backup was begun", _age(standing.backed_up_at, now=now)),
    ):
        yield Figure(name=name, what=what, value=value)
    for trouble in Trouble:
        what, labels = "Of these, what the gateway does not take, and why", {"trouble": trouble.value}
        yield Figure(name="vikno_hub_messages_kept", what=what, value=kept.get(trouble, 0), labels=labels)
    for office_id, heard_at in sorted(standing.heard_at.items()):
        silence = _age(heard_at, now=now)
        what = "Since the office was heard last"
        yield Figure(name="vikno_hub_office_heard_seconds", what=what, value=silence, labels={"office": office_id})


def _age(at: datetime | None, *, now: datetime) -> float | None:
    """Seconds since ``at``; a clock that was set back makes none of them negative."""
    return None if at is None else max(0.0, (now - at).total_seconds())


controllers = [MetricsController]
