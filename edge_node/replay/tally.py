"""What was measured while the day was driven: times of answers, requests, repeats, refusals."""

from collections import Counter

import msgspec

PERCENTS = (50, 95, 99)


class Percentiles(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds; nearest rank, so each is a time somebody really waited."""

    count: int
    p50: float
    p95: float
    p99: float
    longest: float


class Tally:
    """Counts of one replay; asked only after it has ended."""

    def __init__(self) -> None:
        self.requests = 0
        self.repeats = 0
        self.refusals: Counter[str] = Counter()
        self.lag_seconds_max = 0.0
        self._seconds: dict[str, list[float]] = {}

    def answered(self, what: str, seconds: float) -> None:
        """Somebody waited ``seconds`` for ``what``, all repeats included."""
        self._seconds.setdefault(what, []).append(seconds)

    def lagged(self, seconds: float) -> None:
        """The plan was behind its time by so much."""
        self.lag_seconds_max = max(self.lag_seconds_max, seconds)

    def percentiles(self, what: str) -> Percentiles | None:
        """How long ``what`` took; ``None`` when it never happened."""
        times = sorted(self._seconds.get(what, ()))
        if not times:
            return None
        p50, p95, p99 = (_rank(times, percent) for percent in PERCENTS)
        return Percentiles(count=len(times), p50=p50, p95=p95, p99=p99, longest=_milliseconds(times[-1]))


def _rank(ordered: list[float], percent: int) -> float:
    place = -(-len(ordered) * percent // 100)
    return _milliseconds(ordered[max(place, 1) - 1])


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 1)
