"""An office as the city sees it this minute."""

from datetime import datetime

import msgspec

from central_hub.case_register.model import CaseCounts
from central_hub.storage.ingest import Backlog
from sync.vocabulary.live import LiveState
from sync.vocabulary.office import Office


class OfficeNow(msgspec.Struct, frozen=True, kw_only=True):
    """``live`` is the last state heard since the hub started, ``heard_at`` the last contact at all."""

    office: Office
    is_enrolled: bool
    is_silent: bool
    heard_at: datetime | None
    live: LiveState | None
    counts: CaseCounts


class HubStanding(msgspec.Struct, frozen=True, kw_only=True):
    """How the hub's own work stands. ``heard_at``: when each office that has a node was heard last."""

    backlog: Backlog
    alarms: int
    messages_waiting: int
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
