"""From trees to a range: the middle is the guess, the ends are moved by how often such ranges held in this office."""

from bisect import insort
from collections import deque
from math import sqrt

import msgspec

from edge_node.queue.model.waits.features import TRUTH_MINUTES_MAX
from edge_node.queue.model.waits.forest import Forests

RANGE_SHARE = 0.8  # the range is meant to hold for so many visitors: one in ten waits less, one in ten longer
OUTCOMES_MAX = 1500  # about a day of a district office: what the ends are moved by
_DOUBT = 60  # so many outcomes count as much as the trees' own word
_DRIFT_DOUBT = 40
_FADING = 0.5 ** (1 / 40)  # every forty outcomes of a queue what was before them counts half
_WIDTH_MIN = 2.0  # minutes: a range is never judged by a finer ruler


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """By how many widths of the range each end is moved outwards; negative: inwards."""

    low: float = 0.0
    high: float = 0.0


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """Minutes from the moment it was made until the call; ``low`` ≤ ``middle`` ≤ ``high``."""

    low: float
    middle: float
    high: float

    @property
    def width(self) -> float:
        """How wide the range is, but never finer than ``_WIDTH_MIN``."""
        return max(self.high - self.low, _WIDTH_MIN)

    def shifted(self, roots: float) -> "Forecast":
        """The whole range moved by so many square roots of a minute: long waits move more."""
        return Forecast(
            low=_moved_by(self.low, roots), middle=_moved_by(self.middle, roots), high=_moved_by(self.high, roots)
        )

    def calibrated(self, calibration: Calibration) -> "Forecast":
        """The same middle between ends moved as the office's outcomes ask."""
        return Forecast(
            low=min(max(self.low - calibration.low * self.width, 0.0), self.middle),
            middle=self.middle,
            high=max(min(self.high + calibration.high * self.width, TRUTH_MINUTES_MAX), self.middle),
        )


def forecast(forests: Forests, numbers: list[float]) -> Forecast:
    """What the trees say of one visitor, whose ``features`` are ``numbers``, before the office's own calibration."""
    middle = forests.middle.minutes(numbers)
    return Forecast(
        low=min(forests.low.minutes(numbers), middle), middle=middle, high=max(forests.high.minutes(numbers), middle)
    )


class Drift:
    """By how much one queue's waits have lately been longer or shorter than the trees say, in roots of a minute."""

    def __init__(self) -> None:
        self._sum = 0.0
        self._weight = 0.0

    @property
    def roots(self) -> float:
        """The mean of the latest outcomes, held back while there are few."""
        return self._sum / (self._weight + _DRIFT_DOUBT)

    def add(self, shifted: Forecast, *, roots: float, minutes: float) -> None:
        """Somebody for whom ``shifted``, by ``roots``, was forecast waited so long."""
        self._sum = self._sum * _FADING + sqrt(max(minutes, 0.0)) - sqrt(shifted.middle) + roots
        self._weight = self._weight * _FADING + 1


class Outcomes:
    """The office's latest outcomes, and what they say of its ranges (conformal calibration of each end, Romano 2019).

    What is remembered is how far outside the *uncalibrated* range the truth lay, in widths of that range. Outcomes are
    those of all queues: of one there are too few.
    """

    def __init__(self) -> None:
        self._latest: deque[tuple[float, float]] = deque()
        self._low: list[float] = []
        self._high: list[float] = []

    def __len__(self) -> int:
        return len(self._latest)

    def add(self, made: Forecast, *, minutes: float) -> None:
        """Somebody for whom ``made`` was forecast, uncalibrated, waited so long."""
        below, above = (made.low - minutes) / made.width, (minutes - made.high) / made.width
        if len(self._latest) == OUTCOMES_MAX:
            gone_below, gone_above = self._latest.popleft()
            self._low.remove(gone_below)
            self._high.remove(gone_above)
        self._latest.append((below, above))
        insort(self._low, below)
        insort(self._high, above)

    def calibration(self) -> Calibration:
        """How to move the ends now; nothing is moved before the first outcome."""
        return Calibration(low=_moved(self._low), high=_moved(self._high))


def _moved_by(minutes: float, roots: float) -> float:
    return min(max(sqrt(minutes) + roots, 0.0) ** 2, TRUTH_MINUTES_MAX)


def _moved(ordered: list[float]) -> float:
    if not ordered:
        return 0.0
    place = min(int(len(ordered) * (1 + RANGE_SHARE) / 2), len(ordered) - 1)
    return ordered[place] * len(ordered) / (len(ordered) + _DOUBT)
