"""The queue's events, passed on to live pages."""

import asyncio
from datetime import date, datetime
from functools import partial

import msgspec

from edge_node.queue import commands, queries
from edge_node.queue.model import (
    ALARMS_TOPIC,
    CALLS_TOPIC,
    EVENTS,
    QUEUE_TOPIC,
    AlarmAnswered,
    AlarmRaised,
    CallUndone,
    TicketCalled,
    TicketRecalled,
)
from edge_node.queue.model.waits.forest import Forests, shipped
from edge_node.queue.model.waits.office import OfficeWaits
from sync.ambient import Clock
from sync.storage import Reader, Store
from sync.vocabulary.working_days import local_day
from sync.web.live import Broadcaster

REFRESH_SECONDS = 60  # waiting times grow while nothing happens
FORESEE_SECONDS = 15  # a call in the largest hall every ten seconds: a forecast is of the line as it almost is
PARKED_LOOK_SECONDS = 10  # a call looks by itself, this is for the lists


async def refresh(broadcaster: Broadcaster) -> None:
    """Let live pages count their minutes anew, until cancelled."""
    while True:
        await asyncio.sleep(REFRESH_SECONDS)
        broadcaster.publish(QUEUE_TOPIC)


async def return_parked(store: Store, clock: Clock) -> None:
    """Let tickets wait again whose time aside is over, until cancelled; writes nothing while there are none."""
    while True:
        await asyncio.sleep(PARKED_LOOK_SECONDS)
        now = clock.now()
        if await store.read(partial(queries.parked, until=now)):
            await store.run(partial(commands.return_due, now=now))


async def foresee_waits(store: Store, clock: Clock) -> None:
    """Keep every sphere's waiting time forecast anew, until cancelled; each finished day is learned from once."""
    forests, waits = await asyncio.to_thread(shipped), None
    while True:
        now = clock.now()
        if waits is None or waits.on != local_day(now):
            await asyncio.to_thread(learn_past_days, store, now=now)
            waits = await store.read(partial(watch_day, day=local_day(now)))
        await _forecast(store, waits, forests, now=now)
        await asyncio.sleep(FORESEE_SECONDS)


def learn_past_days(store: Store, *, now: datetime) -> list[date]:
    """Keep what the finished days taught that are not kept yet; which these were."""
    days = store.read_now(partial(queries.days_to_learn, before=local_day(now)))
    for day in days:
        bins = store.read_now(partial(watch_day, day=day)).bins()
        store.run_now(partial(commands.keep_day, day=day, bins=bins))
    return days


def watch_day(reader: Reader, *, day: date) -> OfficeWaits:
    """The office as ``day`` left it, or has made it so far, with what was learned before."""
    waits = OfficeWaits(day, opening=queries.opening(reader, day=day))
    for outcome in queries.recent_outcomes(reader, before=day):
        waits.settle(outcome)
    waits.hear(queries.heard_after(reader, day=day, sequence=queries.sequence_before(reader, day=day)))
    return waits


async def _forecast(store: Store, waits: OfficeWaits, forests: Forests, *, now: datetime) -> None:
    """One sphere after another, so that no visitor waits for the arithmetic."""
    waits.hear(await store.read(partial(queries.heard_after, day=waits.on, sequence=waits.sequence)))
    waits.set_skills(await store.read(queries.skills), now=now)
    found = [await asyncio.to_thread(waits.forecast, sphere, forests=forests, now=now) for sphere in waits.spheres]
    if found:
        await store.run(partial(commands.keep_forecasts, found=found))


def listen(store: Store, broadcaster: Broadcaster) -> None:
    """From now on pages that listen hear of the queue after each commit."""
    # first: the hall looks at the board, a list may be a moment late
    for call in (TicketCalled, TicketRecalled, CallUndone):
        store.subscribe(call, lambda event: _publish_call(broadcaster, event))
    for alarm in (AlarmRaised, AlarmAnswered):
        store.subscribe(alarm, lambda event: broadcaster.publish(ALARMS_TOPIC, event))
    for event in EVENTS:
        store.subscribe(event, lambda _event: broadcaster.publish(QUEUE_TOPIC))


def _publish_call(broadcaster: Broadcaster, event: msgspec.Struct) -> None:
    broadcaster.publish(CALLS_TOPIC, event)
