"""An office as the city sees it this minute."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from central_hub.case_register.model import CaseCounts
from central_hub.notifications.model import Trouble
from central_hub.storage.ingest import Backlog
from sync.vocabulary.live import LiveState
from sync.vocabulary.office import Office

WEIGHED_FOR = timedelta(hours=1)


class OfficeNow(msgspec.Struct, frozen=True, kw_only=True):
    """``live`` is the last state heard since the hub started, ``heard_at`` the last contact at all."""

    office: Office
    is_enrolled: bool
    is_silent: bool
    heard_at: datetime | None
    live: LiveState | None
    counts: CaseCounts


class Scale:
    """What all scans weigh, found once an hour: to sum up years of them is no work for every minute. In memory."""

    def __init__(self) -> None:
        self._found: tuple[int, datetime] | None = None

    def weigh(self, scans: Callable[[], int], *, now: datetime) -> int:
        """Their bytes; ``scans`` is asked where the last answer is older than ``WEIGHED_FOR``."""
        if self._found is None or not timedelta() <= now - self._found[1] < WEIGHED_FOR:
            self._found = (scans(), now)
        return self._found[0]


class HubStanding(msgspec.Struct, frozen=True, kw_only=True):
    """How the hub's own work stands.

    ``messages_waiting``: nobody has carried them yet; so many, by what keeps them. ``heard_at``: when each office that
    has a node was heard last.
    """

    backlog: Backlog
    alarms: int
    messages_waiting: dict[Trouble | None, int]
    blobs_bytes: int
    backed_up_at: datetime | None
    heard_at: dict[str, datetime]


class CityNow(msgspec.Struct, frozen=True, kw_only=True):
    """Every office, and their sums; silent offices count with what they said last."""

    at: datetime
    offices: tuple[OfficeNow, ...]
    quarantined: int = 0

    @property
    def connected(self) -> tuple[OfficeNow, ...]:
        """The offices that have a node."""
        return tuple(office for office in self.offices if office.is_enrolled)

    @property
    def silent_count(self) -> int:
        return sum(office.is_silent for office in self.connected)

    def live_sum(self, name: str) -> int:
        """The sum of one figure of the live states."""
        return sum(getattr(office.live, name) for office in self.connected if office.live is not None)

    def count_sum(self, name: str) -> int:
        """The sum of one count of cases."""
        return sum(getattr(office.counts, name) for office in self.offices)
