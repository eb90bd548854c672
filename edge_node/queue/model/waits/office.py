"""The waits of one office through one day, heard from the queue's own log: a line for each sphere, and what it expects.

No person and no ticket leaves this file: a forecast is of a sphere and a place in its line.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

import msgspec

from edge_node.queue.model.log import Happening
from edge_node.queue.model.waits.bins import DayBins, PastDays, past_days
from edge_node.queue.model.waits.features import NAMES, features, hall_of
from edge_node.queue.model.waits.forecast import Drift, Forecast, Outcomes, forecast
from edge_node.queue.model.waits.forest import Forests
from edge_node.queue.model.waits.line import DAY_MINUTES, Line
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.ids import DeskId, TicketId
from sync.vocabulary.working_days import KYIV, local_day

FORECAST_LASTS = timedelta(minutes=3)  # older ones are no longer told: the office fell silent, or the loop did
NEWCOMERS = 5  # so many may join a line before it is forecast anew
_SIMPLE = NAMES.index("by_mix")
_COMES = frozenset(
    {Happening.ISSUED, Happening.TRANSFERRED, Happening.RETURNED, Happening.RESTORED, Happening.NEXT_SERVICE}
)
_GOES = frozenset({Happening.LEFT, Happening.CANCELLED, Happening.PARKED, Happening.REDIRECTED})
_OPENS = frozenset({Happening.OPENED, Happening.BREAK_ENDED})
_CLOSES = frozenset({Happening.LEFT_DESK, Happening.BREAK_BEGAN})


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the queue's log, with what its ticket was promised when it was taken.

    That is the range before calibration, shifted already by so many ``roots`` of a minute for the queue's drift.
    """

    sequence: int
    at: datetime
    kind: Happening
    ticket_id: TicketId | None
    sphere: Sphere | None
    desk_id: DeskId | None
    promised_at: datetime | None = None
    low: float | None = None
    middle: float | None = None
    high: float | None = None
    roots: float | None = None


class Knot(msgspec.Struct, frozen=True, kw_only=True):
    """What whoever is the ``people``-th to be called may expect; ``simple`` is the mix of two simple methods."""

    people: int
    taught: Forecast
    told: Forecast
    simple: float
    roots: float = 0.0

    def between(self, later: "Knot", *, people: int) -> "Knot":
        """This knot where ``later`` is not reached yet, and the straight line in between."""
        share = (people - self.people) / (later.people - self.people)
        return Knot(
            people=people,
            taught=_between(self.taught, later.taught, share=share),
            told=_between(self.told, later.told, share=share),
            simple=self.simple + (later.simple - self.simple) * share,
            roots=self.roots,
        )


class SphereForecast(msgspec.Struct, frozen=True, kw_only=True):
    """One sphere's line as it was at ``at``, for places from the first on."""

    sphere: Sphere
    at: datetime
    knots: tuple[Knot, ...]

    def for_place(self, people: int) -> Knot:
        """What the ``people``-th to be called may expect; behind the last knot, what the last one may."""
        for earlier, later in zip(self.knots, self.knots[1:], strict=False):
            if people <= later.people:
                return earlier.between(later, people=max(people, earlier.people))
        return self.knots[-1]


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What is known when a day begins: earlier days by sphere, desks nobody left since, and what each desk serves."""

    past: dict[Sphere, list[DayBins]]
    open_desks: frozenset[DeskId]
    skills: dict[DeskId, tuple[Sphere, ...]]


class OfficeWaits:
    """One office on the local day ``on``. What happened is heard once and in order; ``sequence`` is the last of it."""

    def __init__(self, on: date, *, opening: Opening) -> None:
        self.on = on
        self.sequence = 0
        self.outcomes = Outcomes()
        self._drifts: dict[Sphere, Drift] = {}
        self._past: dict[Sphere, PastDays | None] = {sphere: past_days(days) for sphere, days in opening.past.items()}
        self._lines: dict[Sphere, Line] = {}
        self._sphere_of: dict[TicketId, Sphere] = {}
        self._last: dict[TicketId, Happening] = {}
        self._called: set[TicketId] = set()
        self._open = set(opening.open_desks)
        self._skills: Mapping[DeskId, tuple[Sphere, ...]] = opening.skills
        self._count_desks(minute=0)

    @property
    def spheres(self) -> list[Sphere]:
        """Those somebody waits for or an open desk serves, once there is a call or an earlier day to learn from."""
        return [
            sphere
            for sphere, line in self._lines.items()
            if (line.waiting or line.desks) and (line.calls or self._past.get(sphere) is not None)
        ]

    def set_skills(self, skills: Mapping[DeskId, tuple[Sphere, ...]], *, now: datetime) -> None:
        """Which spheres each desk serves, from now on."""
        self._skills = skills
        self._count_desks(minute=self._minute(now))

    def hear(self, heard: Iterable[Heard]) -> None:
        """What happened since; each call of a ticket with a promise is an outcome."""
        for event in heard:
            self.sequence = max(self.sequence, event.sequence)
            minute = self._minute(event.at)
            if event.kind in _OPENS and event.desk_id is not None:
                self._open.add(event.desk_id)
                self._count_desks(minute=minute)
            elif event.kind in _CLOSES and event.desk_id is not None:
                self._open.discard(event.desk_id)
                self._count_desks(minute=minute)
            elif event.ticket_id is not None and event.sphere is not None:
                self._hear_ticket(event, ticket=event.ticket_id, sphere=event.sphere, minute=minute)

    def forecast(self, sphere: Sphere, *, forests: Forests, now: datetime) -> SphereForecast:
        """What those who wait for ``sphere`` may expect at ``now``."""
        minute = self._minute(now)
        for each in self._lines.values():
            each.advance(minute)
        line, hall = self._line(sphere), hall_of(list(self._lines.values()))
        calibration, roots = self.outcomes.calibration(), self._drift(sphere).roots
        knots: list[Knot] = []
        people = 1
        while not knots or knots[-1].people < len(line.waiting) + NEWCOMERS:
            numbers = features(line, people=people, minute=minute, hall=hall, past=self._past.get(sphere))
            made = forecast(forests, numbers).shifted(roots)
            taught = _no_less(made, knots[-1].taught) if knots else made
            told = taught.calibrated(calibration)
            knots.append(Knot(people=people, taught=taught, told=told, simple=numbers[_SIMPLE], roots=roots))
            people *= 2
        return SphereForecast(sphere=sphere, at=now, knots=tuple(knots))

    def bins(self) -> dict[Sphere, DayBins]:
        """The whole day, once it has ended."""
        for line in self._lines.values():
            line.advance(DAY_MINUTES)
        return {sphere: line.bins for sphere, line in self._lines.items()}

    def _hear_ticket(self, event: Heard, *, ticket: TicketId, sphere: Sphere, minute: float) -> None:
        kind = event.kind
        comes_back = kind is Happening.UNDONE and self._last.get(ticket) is Happening.CALLED
        if kind is Happening.CALLED:
            self._line(self._sphere_of.get(ticket, sphere)).call(ticket, minute=minute)
            if ticket not in self._called:  # the promise was of the first call
                self._called.add(ticket)
                self.settle(event)
        elif kind in _COMES or kind in _GOES or comes_back:
            self._line(self._sphere_of.get(ticket, sphere)).leave(ticket, minute=minute)
            if kind not in _GOES:
                self._sphere_of[ticket] = sphere
                self._line(sphere).issue(ticket, minute=minute)
        self._last[ticket] = kind

    def settle(self, event: Heard) -> None:
        """Let a first call teach how well its promise held; one without a learned promise teaches nothing."""
        if event.promised_at is None or event.low is None or event.middle is None or event.high is None:
            return
        made = Forecast(low=event.low, middle=event.middle, high=event.high)
        minutes = (event.at - event.promised_at).total_seconds() / 60
        self.outcomes.add(made, minutes=minutes)
        if event.sphere is not None:
            self._drift(event.sphere).add(made, roots=event.roots or 0.0, minutes=minutes)

    def _line(self, sphere: Sphere) -> Line:
        return self._lines.setdefault(sphere, Line())

    def _drift(self, sphere: Sphere) -> Drift:
        return self._drifts.setdefault(sphere, Drift())

    def _count_desks(self, *, minute: float) -> None:
        served = [sphere for desk in self._open for sphere in self._skills.get(desk, ())]
        for sphere in {*served, *self._lines}:
            self._line(sphere).open_desks(served.count(sphere), minute=minute)

    def _minute(self, moment: datetime) -> float:
        if local_day(moment) > self.on:
            return DAY_MINUTES
        local = moment.astimezone(KYIV)
        return local.hour * 60 + local.minute + local.second / 60


def _no_less(made: Forecast, before: Forecast) -> Forecast:
    """Nobody is promised less than whoever is called before."""
    return Forecast(
        low=max(made.low, before.low), middle=max(made.middle, before.middle), high=max(made.high, before.high)
    )


def _between(earlier: Forecast, later: Forecast, *, share: float) -> Forecast:
    return Forecast(
        low=earlier.low + (later.low - earlier.low) * share,
        middle=earlier.middle + (later.middle - earlier.middle) * share,
        high=earlier.high + (later.high - earlier.high) * share,
    )
