"""One worker: deadlines, bugs of drivers, and what is believed of a device that comes and goes."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from device_drivers.driver import READY, Condition, HealthState, Printed, degraded, offline
from device_drivers.errors import OutcomeUnknown, Unavailable
from device_drivers.families import Family
from device_drivers.ticket_printer.protocol import TicketPaper, TicketPrinter
from device_drivers.worker import MISSES_MAX, QUEUE_MAX, Worker

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
FAMILY = Family(
    name="ticket_printer", protocol=TicketPrinter, probe_seconds=60, deadlines_seconds={"print_ticket": 0.05}
)
TICKET: dict[str, object] = {"paper": {"number": "А 001"}, "ref": "t1"}


class SlowPrinter:
    """Prints when it is let; its condition is whatever was set last."""

    def __init__(self) -> None:
        self.condition: Condition = READY
        self.may_print = threading.Event()
        self.printed: list[str] = []
        self.has_printed = threading.Event()
        self.has_bug = False

    def probe(self) -> Condition:
        return self.condition

    def print_ticket(self, paper: TicketPaper, *, ref: str, after_unknown: str | None = None) -> Printed:
        assert after_unknown is None
        if self.has_bug:
            raise KeyError(paper.number)
        self.may_print.wait(5)
        self.printed.append(ref)
        self.has_printed.set()
        return Printed(ref=ref)

    def close(self) -> None:
        self.may_print.set()


@pytest.fixture
def printer() -> Iterator[SlowPrinter]:
    printer = SlowPrinter()
    yield printer
    printer.close()


def with_worker(printer: SlowPrinter, story: Callable[[Worker], object]) -> None:
    async def run() -> None:
        worker = Worker("kiosk", driver=printer, family=FAMILY, now=lambda: NOW)
        try:
            await story(worker)  # type: ignore[misc]  # the story is any coroutine
        finally:
            printer.close()
            await worker.close()

    asyncio.run(run())


def test_an_act_beyond_its_deadline_is_unknown_and_its_late_end_is_kept(printer):
    async def story(worker: Worker) -> None:
        with pytest.raises(OutcomeUnknown, match="deadline"):
            await worker.call("print_ticket", TICKET)
        with pytest.raises(Unavailable, match="still-busy"):
            await worker.call("print_ticket", {**TICKET, "ref": "t2"})
        printer.may_print.set()
        assert await asyncio.to_thread(printer.has_printed.wait, 5)
        assert (await worker.look()).state is HealthState.READY
        assert await worker.call("print_ticket", TICKET) == Printed(ref="t1")
        assert printer.printed == ["t1"]

    with_worker(printer, story)


def test_a_bug_in_a_driver_is_unknown_for_an_act_and_harms_nobody_else(printer):
    async def story(worker: Worker) -> None:
        printer.has_bug = True
        with capture_logs() as lines, pytest.raises(OutcomeUnknown, match="driver-bug"):
            await worker.call("print_ticket", TICKET)
        assert [line["event"] for line in lines] == ["driver bug"]
        printer.has_bug = False
        printer.may_print.set()
        assert await worker.call("print_ticket", {**TICKET, "ref": "t2"}) == Printed(ref="t2")

    with_worker(printer, story)


def test_a_crowd_at_one_device_is_turned_away(printer):
    async def story(worker: Worker) -> None:
        printer.may_print.set()
        calls = [worker.call("print_ticket", {**TICKET, "ref": f"t{n}"}) for n in range(QUEUE_MAX + 3)]
        ends = await asyncio.gather(*calls, return_exceptions=True)
        assert sum(isinstance(end, Printed) for end in ends) == QUEUE_MAX
        assert {str(end) for end in ends if isinstance(end, Unavailable)} == {"queue-full"}

    with_worker(printer, story)


def test_one_missed_look_is_no_lost_device_and_loss_and_return_are_said_once(printer):
    async def story(worker: Worker) -> None:
        states = []
        with capture_logs() as lines:
            for condition in (READY, *[offline("no-connection")] * (MISSES_MAX + 3), READY, READY):
                printer.condition = condition
                states.append((await worker.look()).state)
        assert states == [HealthState.READY] * MISSES_MAX + [HealthState.OFFLINE] * 4 + [HealthState.READY] * 2
        assert [line["event"] for line in lines] == ["lost", "back"]

    with_worker(printer, story)


def test_a_device_that_was_never_there_is_offline_at_the_first_look(printer):
    async def story(worker: Worker) -> None:
        printer.condition = offline("no-connection")
        assert worker.health.state is HealthState.UNKNOWN
        assert (await worker.look()).state is HealthState.OFFLINE

    with_worker(printer, story)


def test_since_is_when_the_state_changed_and_not_when_it_was_last_seen(printer):
    async def story(worker: Worker) -> None:
        moments = iter(NOW.replace(minute=minute) for minute in range(1, 9))
        worker._now = lambda: next(moments)
        await worker.look()
        await worker.look()
        assert worker.health.since == NOW.replace(minute=1)
        printer.condition = degraded("paper-out")
        assert (await worker.look()).since == NOW.replace(minute=2)

    with_worker(printer, story)
