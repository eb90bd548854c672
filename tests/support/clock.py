"""Time and ids that a test holds in its hands."""

from datetime import UTC, datetime, timedelta

MORNING = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)  # Monday, nine o'clock in Kyiv


class ManualClock:
    """Stands still until the test moves it."""

    def __init__(self, now: datetime = MORNING) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def advance(self, **span: float) -> datetime:
        """Move on by ``timedelta(**span)``; the new moment."""
        self._now += timedelta(**span)
        return self._now


class CountingIds:
    """Ids in order, shaped like ULIDs."""

    def __init__(self) -> None:
        self._count = 0

    def new(self) -> str:
        self._count += 1
        return f"01{self._count:024d}"
