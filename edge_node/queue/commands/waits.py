"""Telling a visitor how long it will take, and keeping what was told and what is learned."""

from collections.abc import Mapping
from datetime import date, datetime

from edge_node.queue import queries
from edge_node.queue.model import Place, Ticket
from edge_node.queue.model.waits.accuracy import Promise
from edge_node.queue.model.waits.bins import DayBins
from edge_node.queue.model.waits.office import SphereForecast
from sync.storage import Transaction
from sync.vocabulary.catalogue import Sphere


def promise_wait(tx: Transaction, *, ticket: Ticket, now: datetime) -> Place:
    """What the paper of a fresh ticket says; it is kept, to be compared with what comes."""
    ahead = queries.count_ahead(tx, ticket=ticket, now=now)
    found = queries.expectation(tx, sphere=ticket.sphere, ahead=ahead, now=now)
    if found is not None:
        queries.keep_promise(tx, promise=_promise(ticket, found, now=now))
    return Place(ahead=ahead, expected=None if found is None else found.range)


def keep_forecasts(tx: Transaction, *, found: list[SphereForecast]) -> None:
    """From now on visitors are told these."""
    queries.keep_forecasts(tx, found=found)


def keep_day(tx: Transaction, *, day: date, bins: Mapping[Sphere, DayBins]) -> None:
    """Keep what a finished day taught."""
    queries.keep_bins(tx, day=day, bins=bins)


def _promise(ticket: Ticket, found: queries.Expectation, *, now: datetime) -> Promise:
    return Promise(
        ticket_id=ticket.id,
        day=ticket.day,
        sphere=ticket.sphere,
        at=now,
        people=found.ahead + 1,
        taught_low=None if found.taught is None else found.taught.low,
        taught_middle=None if found.taught is None else found.taught.middle,
        taught_high=None if found.taught is None else found.taught.high,
        told_low=found.told.low,
        told_middle=found.told.middle,
        told_high=found.told.high,
        shown_from=found.range.from_minutes,
        shown_to=found.range.to_minutes,
        simple=found.simple,
        roots=found.roots,
    )
