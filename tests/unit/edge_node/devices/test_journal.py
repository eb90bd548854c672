"""Every act of a device is journaled before it is asked for; the last word on every device is kept."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from device_drivers.errors import DeviceError, OutcomeUnknown, Unavailable
from device_drivers.ticket_printer.protocol import TicketPaper
from edge_node.devices import commands, queries
from edge_node.devices.listeners import JournaledDevices, look
from edge_node.devices.model import ActState, DeviceAct, Intent, Outcome
from tests.support.drivers import HallSpeaker, PaperMill, running_drivers
from tests.support.hall import Hall


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    hall = Hall(tmp_path)
    yield hall
    hall.close()


def journal(hall: Hall) -> list[DeviceAct]:
    return hall.store.read_now(queries.last_acts)


def print_one(hall: Hall, folder: Path, *, trouble: str | None) -> None:
    async def run() -> None:
        printer = PaperMill()
        printer.trouble = trouble
        client = JournaledDevices(folder / "s", store=hall.store, clock=hall.clock)
        async with running_drivers(folder / "s", clock=hall.clock, printer=printer):
            await client.call("kiosk", "print_ticket", paper=TicketPaper(number="Д001"), ref="job-1")

    asyncio.run(run())


def test_a_printed_ticket_is_done(hall: Hall, tmp_path: Path) -> None:
    print_one(hall, tmp_path, trouble=None)
    (act,) = journal(hall)
    assert (act.ref, act.device, act.method, act.state) == ("job-1", "kiosk", "print_ticket", ActState.DONE)
    assert act.facts == {"result": "Printed"}


@pytest.mark.parametrize(
    ("trouble", "error", "state"),
    [("unplugged", Unavailable, ActState.FAILED), ("silent", OutcomeUnknown, ActState.UNKNOWN)],
)
def test_trouble_is_journaled_and_still_raised(
    hall: Hall, tmp_path: Path, trouble: str, error: type[DeviceError], state: ActState
) -> None:
    with pytest.raises(error):
        print_one(hall, tmp_path, trouble=trouble)
    (act,) = journal(hall)
    assert act.state is state
    assert act.facts == {"reason": "no-answer"}


def test_the_journal_keeps_no_argument(hall: Hall, tmp_path: Path) -> None:
    print_one(hall, tmp_path, trouble=None)
    row = hall.store.read_now(
        lambda reader: reader.scalar("select json_object('a', device, 'b', facts) from device_acts")
    )
    assert "Д001" not in str(row)


def test_what_was_intended_when_the_process_died_becomes_unknown(hall: Hall) -> None:
    intent = Intent(ref="job-1", device="kiosk", method="print_ticket", arguments_digest="00")
    act_id = hall.do(commands.intend, intent=intent, now=hall.clock.now())
    assert hall.do(commands.doubt_interrupted, now=hall.clock.now()) == 1
    assert journal(hall)[0].state is ActState.UNKNOWN
    hall.do(commands.settle, act_id=act_id, outcome=Outcome(state=ActState.DONE), now=hall.clock.now())
    assert journal(hall)[0].state is ActState.DONE, "an inquiry may still end it"


def test_the_last_act_whose_end_nobody_heard_is_in_doubt_until_a_later_one_is_done(hall: Hall) -> None:
    def doubtful() -> str | None:
        return hall.store.read_now(lambda reader: queries.doubtful_act(reader, device="kiosk", method="print_ticket"))

    def act(ref: str, *, device: str = "kiosk", method: str = "print_ticket") -> int:
        intent = Intent(ref=ref, device=device, method=method, arguments_digest="00")
        return hall.do(commands.intend, intent=intent, now=hall.clock.now())

    def ends(act_id: int, state: ActState) -> None:
        hall.do(commands.settle, act_id=act_id, outcome=Outcome(state=state), now=hall.clock.now())

    assert doubtful() is None
    act("job-1")
    assert doubtful() == "job-1", "the node died before it could write the end down"
    hall.do(commands.doubt_interrupted, now=hall.clock.now())
    ends(act("job-2"), ActState.FAILED)
    ends(act("job-3", device="upstairs"), ActState.DONE)
    ends(act("job-4", method="probe"), ActState.DONE)
    assert doubtful() == "job-1", "nothing left for the printer since"
    ends(act("job-5"), ActState.DONE)
    assert doubtful() is None


def test_a_known_end_is_never_overwritten(hall: Hall) -> None:
    intent = Intent(ref="job-1", device="kiosk", method="print_ticket", arguments_digest="00")
    act_id = hall.do(commands.intend, intent=intent, now=hall.clock.now())
    for state in (ActState.DONE, ActState.FAILED):
        hall.do(commands.settle, act_id=act_id, outcome=Outcome(state=state), now=hall.clock.now())
    assert journal(hall)[0].state is ActState.DONE


def test_a_lost_drivers_process_is_down_with_all_its_devices(hall: Hall, tmp_path: Path) -> None:
    client = JournaledDevices(tmp_path / "s", store=hall.store, clock=hall.clock)

    async def run() -> None:
        async with running_drivers(tmp_path / "s", clock=hall.clock, speaker=HallSpeaker()):
            await look(client, store=hall.store, clock=hall.clock)
        assert [device.name for device in await hall.store.read(queries.health)] == ["hall"]
        await look(client, store=hall.store, clock=hall.clock)

    asyncio.run(run())
    assert hall.store.read_now(queries.devices_down) == ("drivers", "loudspeaker")
