"""How long a visitor may expect to wait: by the learned forecast, or as is said before anything is learned."""

from datetime import datetime

import msgspec

from edge_node.queue.model import Place, Ticket, WaitRange, estimate
from edge_node.queue.model.estimate import AT_ONCE, shown, simple_minutes
from edge_node.queue.model.waits.forecast import Forecast
from edge_node.queue.model.waits.office import SphereForecast
from edge_node.queue.queries import tickets, waits
from edge_node.queue.queries.pace import pace_of
from sync.storage import Reader
from sync.vocabulary.catalogue import Sphere


class Expectation(msgspec.Struct, frozen=True, kw_only=True):
    """What whoever has ``ahead`` people before them is told; ``taught`` is ``None`` where nothing was learned."""

    ahead: int
    range: WaitRange
    told: Forecast
    simple: float
    taught: Forecast | None = None
    roots: float = 0.0


def place_of(reader: Reader, *, ticket: Ticket, now: datetime) -> Place:
    """How many are ahead of a waiting ticket, and the range it may expect to wait from now."""
    ahead = tickets.count_ahead(reader, ticket=ticket, now=now)
    found = expectation(reader, sphere=ticket.sphere, ahead=ahead, now=now)
    return Place(ahead=ahead, expected=None if found is None else found.range)


def expectation(reader: Reader, *, sphere: Sphere, ahead: int, now: datetime) -> Expectation | None:
    """What to tell whoever waits for ``sphere`` behind ``ahead`` others; ``None`` when nothing can be said."""
    if ahead == 0 and waits.is_desk_idle(reader, sphere=sphere):
        at_once = Forecast(low=0, middle=AT_ONCE.to_minutes / 2, high=AT_ONCE.to_minutes)
        return Expectation(ahead=0, range=AT_ONCE, told=at_once, simple=0.0)
    forecast = waits.forecast_of(reader, sphere=sphere, now=now)
    return _simple(reader, sphere=sphere, ahead=ahead, now=now) if forecast is None else learned(forecast, ahead=ahead)


def learned(forecast: SphereForecast, *, ahead: int) -> Expectation:
    """What the forecast says to whoever has ``ahead`` others before them."""
    knot = forecast.for_place(ahead + 1)
    return Expectation(
        ahead=ahead,
        range=shown(knot.told.low, knot.told.high),
        told=knot.told,
        simple=knot.simple,
        taught=knot.taught,
        roots=knot.roots,
    )


def _simple(reader: Reader, *, sphere: Sphere, ahead: int, now: datetime) -> Expectation | None:
    pace = pace_of(reader, sphere=sphere, ahead=ahead, now=now)
    if pace is None:
        return None
    middle, said = simple_minutes(pace), estimate(pace)
    if middle is None or said is None:
        return None
    told = Forecast(low=said.from_minutes, middle=middle, high=said.to_minutes)
    return Expectation(ahead=ahead, range=said, told=told, simple=middle)
