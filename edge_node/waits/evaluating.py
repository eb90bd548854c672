"""Every method at every point, and how far it was from what came."""

from collections.abc import Iterable, Iterator
from statistics import fmean, median

import msgspec

from edge_node.queue.model.waits.features import TRUTH_MINUTES_MAX
from edge_node.queue.model.waits.forecast import Drift, Forecast, Outcomes, forecast
from edge_node.queue.model.waits.forest import Forests
from edge_node.waits.days import Called, Day
from edge_node.waits.methods import SIMPLE
from edge_node.waits.watching import OfficeWatch, Point

OURS = "ours"
CLOSE_MINUTES = (5, 10)


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What every method said at a point, in minutes, and the range of ours."""

    office: str
    day: str
    queue: str
    minute: int
    ticket: int
    minutes: dict[str, float]
    low: float
    high: float


class Score(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one method did: mean and median absolute error in minutes, shares of points within 5 and 10 minutes.

    ``coverage``, of ours only, is the share whose truth lay within the range. All are ``None`` without a point.
    """

    mae_minutes: float | None
    median_minutes: float | None
    within_5: float | None
    within_10: float | None
    coverage: float | None = None


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """What ``--json`` prints."""

    points: int
    methods: dict[str, Score]


class _Office:
    """Our method in one office: moved and calibrated by the outcomes this office has had so far."""

    def __init__(self, forests: Forests) -> None:
        self._forests = forests
        self._watch = OfficeWatch()
        self._outcomes = Outcomes()
        self._drifts: dict[str, Drift] = {}
        self._open: dict[int, list[tuple[int, Forecast, float]]] = {}

    def tell(self, day: Day) -> Iterator[Told]:
        self._open.clear()
        for seen in self._watch.watch(day):
            if isinstance(seen, Called):
                self._settle(seen)
            else:
                yield self._told(seen)

    def _told(self, point: Point) -> Told:
        roots = self._drifts.setdefault(point.queue, Drift()).roots
        taught = forecast(self._forests, point.features()).shifted(roots)
        self._open.setdefault(point.ticket, []).append((point.minute, taught, roots))
        ours = taught.calibrated(self._outcomes.calibration())
        return Told(
            office=point.office,
            day=point.on.isoformat(),
            queue=point.queue,
            minute=point.minute,
            ticket=point.ticket,
            minutes={OURS: ours.middle} | {name: method(point) for name, method in SIMPLE.items()},
            low=ours.low,
            high=ours.high,
        )

    def _settle(self, call: Called) -> None:
        for minute, taught, roots in self._open.pop(call.ticket, ()):
            waited = call.minute - minute
            if waited <= TRUTH_MINUTES_MAX:
                self._outcomes.add(taught, minutes=waited)
                self._drifts[call.queue].add(taught, roots=roots, minutes=waited)


def tell(days: Iterable[Day], *, forests: Forests) -> Iterator[tuple[Told, float | None]]:
    """Every point of ``days`` in order, with the minutes that came: ``None`` when the ticket was never called."""
    offices: dict[str, _Office] = {}
    for day in days:
        for told in offices.setdefault(day.office, _Office(forests)).tell(day):
            called = day.called.get(told.ticket)
            yield told, None if called is None else called - told.minute


def evaluate(days: Iterable[Day], *, forests: Forests) -> Scores:
    """The scores of every method over the points of ``days`` whose truth is at most 300 minutes."""
    errors: dict[str, list[float]] = {name: [] for name in (OURS, *SIMPLE)}
    covered = 0
    for told, minutes in tell(days, forests=forests):
        if minutes is None or minutes > TRUTH_MINUTES_MAX:
            continue
        covered += told.low <= minutes <= told.high
        for name, said in told.minutes.items():
            errors[name].append(abs(said - minutes))
    points = len(errors[OURS])
    return Scores(
        points=points,
        methods={
            name: _score(found, coverage=covered / points if name == OURS and points else None)
            for name, found in errors.items()
        },
    )


def _score(errors: list[float], *, coverage: float | None) -> Score:
    if not errors:
        return Score(mae_minutes=None, median_minutes=None, within_5=None, within_10=None)
    return Score(
        mae_minutes=round(fmean(errors), 3),
        median_minutes=round(median(errors), 3),
        within_5=round(sum(error <= CLOSE_MINUTES[0] for error in errors) / len(errors), 4),
        within_10=round(sum(error <= CLOSE_MINUTES[1] for error in errors) / len(errors), 4),
        coverage=None if coverage is None else round(coverage, 4),
    )
