"""One isolated worker per device: its own thread, a deadline, a memory of acts, and a watch over health."""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import structlog

from device_drivers.document_printer.protocol import NotPrinted
from device_drivers.driver import Condition, Driver, Health, HealthState, offline
from device_drivers.errors import BadCall, DeviceError, OutcomeUnknown, Unavailable
from device_drivers.families import Family, checked_arguments
from device_drivers.lane import Lane
from device_drivers.payment_terminal.protocol import Undecided
from device_drivers.wire import ACTS, Result

QUEUE_MAX = 32  # a longer queue at one device is a device that does not work
REFS_MAX = 4_096  # a few days of one device; older acts are the app's journal's
MISSES_MAX = 3  # one lost packet is no lost device
BACK_OFF_SECONDS_MAX = 60.0
BACK_OFF_SECONDS_FIRST = 1.0
PROBE_DEADLINE_SECONDS = 20.0
CLOSE_SECONDS_MAX = 3.0  # a stop of the whole node waits for this

T = TypeVar("T")
log = structlog.get_logger("devices")


class Worker:
    """Serialises all use of one device; nothing a driver does can stop another worker."""

    def __init__(self, name: str, *, driver: Driver, family: Family, now: Callable[[], datetime]) -> None:
        self.name = name
        self.family = family
        self._driver = driver
        self._now = now
        self._lane = Lane(f"device-{name}")
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._overdue: asyncio.Future[Any] | None = None
        self._acts: OrderedDict[str, Result | OutcomeUnknown] = OrderedDict()
        self._misses = 0
        self._troubled = asyncio.Event()
        self.health = Health(state=HealthState.UNKNOWN, since=now())

    @property
    def is_busy(self) -> bool:
        """Whether the device does something for somebody, or somebody waits for it."""
        return self._waiting > 0

    async def call(self, method: str, arguments: dict[str, object]) -> Result:
        """Do ``method`` when the device is free; raises a DeviceError, or BadCall for the caller's own mistake."""
        if method == "probe":
            return await self.look()
        fitting = checked_arguments(self.family, method=method, arguments=arguments)
        if self._waiting >= QUEUE_MAX:
            raise Unavailable("queue-full")
        self._waiting += 1
        try:
            async with self._turn:
                return await self._act_once(method, fitting)
        except DeviceError:
            self._troubled.set()
            raise
        finally:
            self._waiting -= 1

    async def look(self) -> Health:
        """Probe the device now, behind whatever it is doing, and answer what is believed of it."""
        async with self._turn:
            try:
                condition = await self._in_thread(self._driver.probe, deadline_seconds=PROBE_DEADLINE_SECONDS)
            except Unavailable as error:
                condition = offline(error.reason)
        self._believe(condition)
        return self.health

    async def watch(self) -> None:
        """Look at the device for ever: calmly while it answers, with longer pauses while not, at once after trouble."""
        pause = BACK_OFF_SECONDS_FIRST
        while True:
            await self.look()
            if self._misses == 0:
                pause = BACK_OFF_SECONDS_FIRST
                await self._rest(self.family.probe_seconds)
            else:
                await self._rest(pause)
                pause = min(pause * 2, BACK_OFF_SECONDS_MAX)

    def stir(self) -> None:
        """Look at the device soon: it may have been plugged in or pulled out."""
        self._troubled.set()

    async def _rest(self, seconds: float) -> None:
        """Wait until it is time to look again, a call has met with trouble, or a cable was moved."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._troubled.wait()
        self._troubled.clear()

    async def close(self) -> None:
        """Close the driver, which makes it give up what it does, and wait a little for its thread to end."""
        self._driver.close()
        await asyncio.wait({asyncio.wrap_future(self._lane.end())}, timeout=CLOSE_SECONDS_MAX)

    async def _act_once(self, method: str, arguments: dict[str, object]) -> Result:
        act_ref = str(arguments["ref"]) if method in ACTS else None
        if act_ref is not None and act_ref in self._acts:
            return _again(self._acts[act_ref])
        work: Callable[[], Result] = partial(getattr(self._driver, method), **arguments)
        deadline_seconds = self.family.deadline_seconds(method)
        try:
            result = await self._in_thread(work, deadline_seconds=deadline_seconds, act_ref=act_ref)
        except OutcomeUnknown as error:
            if act_ref is not None:
                self._remember(act_ref, error)
            raise
        if act_ref is not None:
            self._remember(act_ref, result)
        elif method == "inquire" and not isinstance(result, Undecided):
            self._remember(str(arguments["ref"]), result)
        return result

    async def _in_thread(self, function: Callable[[], T], *, deadline_seconds: float, act_ref: str | None = None) -> T:
        """Run ``function`` in the device's thread; with ``act_ref`` a missed deadline is OutcomeUnknown."""
        if self._overdue is not None and not self._overdue.done():
            raise Unavailable("still-busy")
        future = asyncio.wrap_future(self._lane.do(function))
        done, _ = await asyncio.wait({future}, timeout=deadline_seconds)
        if not done:
            self._overdue = future
            future.add_done_callback(partial(self._arrived_late, act_ref))
            log.error("device overdue", device=self.name, deadline_seconds=deadline_seconds)
            raise _silence("deadline", act_ref)
        try:
            return future.result()
        except (DeviceError, BadCall):
            raise
        except Exception as error:  # a driver's bug ends here, beside the other devices
            log.exception("driver bug", device=self.name)
            raise _silence("driver-bug", act_ref) from error

    def _arrived_late(self, act_ref: str | None, future: "asyncio.Future[Any]") -> None:
        """What an overdue act came to is kept, so that the same ref gets it when asked again."""
        if future.cancelled() or future.exception() is not None:
            return
        log.info("device answered late", device=self.name)
        if act_ref is not None:
            self._remember(act_ref, future.result())

    def _remember(self, ref: str, outcome: Result | OutcomeUnknown) -> None:
        """Keep the end of an act; a job that the print system ended without paper may be asked for again."""
        if isinstance(outcome, NotPrinted):
            self._acts.pop(ref, None)
            return
        self._acts[ref] = outcome
        self._acts.move_to_end(ref)
        while len(self._acts) > REFS_MAX:
            self._acts.popitem(last=False)

    def _believe(self, condition: Condition) -> None:
        """Take a look into account; offline is believed after several misses, and said once."""
        before = self.health
        is_miss = condition.state is HealthState.OFFLINE
        self._misses = self._misses + 1 if is_miss else 0
        if is_miss and self._misses < MISSES_MAX and before.state is not HealthState.UNKNOWN:
            return
        since = before.since if condition.state is before.state else self._now()
        self.health = Health(state=condition.state, reasons=condition.reasons, since=since)
        if is_miss and before.state is not HealthState.OFFLINE:
            log.warning("lost", device=self.name, reasons=condition.reasons)
        elif before.state is HealthState.OFFLINE and not is_miss:
            log.info("back", device=self.name)


def _again(outcome: Result | OutcomeUnknown) -> Result:
    if isinstance(outcome, OutcomeUnknown):
        raise OutcomeUnknown(outcome.ref or "", reason=outcome.reason)
    return outcome


def _silence(reason: str, act_ref: str | None) -> DeviceError:
    return Unavailable(reason) if act_ref is None else OutcomeUnknown(act_ref, reason=reason)
