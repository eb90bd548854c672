"""What a node tells the hub of this minute: never logged, gone in seconds."""

from datetime import datetime

import msgspec

from sync.vocabulary.ids import OfficeId


class LiveState(msgspec.Struct, frozen=True, kw_only=True):
    """An office at ``taken_at``: counts only, no person in it.

    ``waiting`` is by sphere id. ``average_wait_seconds`` is over tickets called today. ``devices_down`` are families
    of devices. ``backlog_*`` is what the hub has not acknowledged yet.
    """

    office_id: OfficeId
    taken_at: datetime
    waiting: dict[str, int] = {}
    open_desks: int = 0
    longest_wait_seconds: int = 0
    average_wait_seconds: int = 0
    average_service_seconds: int = 0
    devices_down: tuple[str, ...] = ()
    backlog_count: int = 0
    backlog_oldest_seconds: int = 0
    tickets_today: int = 0
    served_today: int = 0
    cases_today: int = 0
    issued_today: int = 0

    @property
    def waiting_total(self) -> int:
        """People waiting in all spheres."""
        return sum(self.waiting.values())
