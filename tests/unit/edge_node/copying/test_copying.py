"""Papers of a visitor from the simulated scanner to the simulated printer, by the page of a desk."""

import asyncio
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from edge_node.copying import commands, queries
from edge_node.copying.listeners import ASK_ABOUT_UNKNOWN_FOR, CopyWatch
from edge_node.copying.model import CopyRun, CopyState
from sync.vocabulary.ids import DeskId
from sync.vocabulary.staff import Role
from tests.support.case_office import OLENA, CaseOffice, device_room
from tests.support.device_app import device_app, working_as

pytestmark = [pytest.mark.anyio, pytest.mark.processes]


@pytest.mark.parametrize(
    ("device", "fault", "state", "words"),
    [
        ("scanner", None, CopyState.PRINTED, "Надруковано"),
        ("scanner", "jammed", CopyState.FAILED, "Не надруковано"),
        ("document-printer", "paper-out", CopyState.QUEUED, "Чекає в черзі друку"),
        ("document-printer", "restarted", CopyState.UNKNOWN, "Невідомо, чи надруковано"),
    ],
)
async def test_copies_come_out_or_the_clerk_reads_what_became_of_them(
    *, case_office: CaseOffice, tmp_path: Path, device: str, fault: str | None, state: CopyState, words: str
) -> None:
    async with device_room(tmp_path / "devices", "scanner", "document-printer") as room:
        room.office.scanner.put_pages(2)
        if fault is not None:
            room.office.set_fault(device, fault)
        app = device_app(case_office, devices=room.client, folder=tmp_path)
        async with working_as(app, Role.ADMINISTRATOR) as clerk:
            clerk.headers["accept"] = "text/html"
            page = await clerk.post("/desk/copying", data={"copies": "3"}, follow_redirects=True)

    assert words in page.text
    (run,) = case_office.store.read_now(queries.last_runs)
    assert (run.state, run.copies) == (state, 3)
    counted = case_office.store.read_now(lambda reader: queries.sheets_printed(reader, since=run.begun_at))
    assert counted == (6 if state is CopyState.PRINTED else 0)
    assert list((tmp_path / "copying").iterdir()) == []


def write(office: CaseOffice, run_id: str, *, state: CopyState, sheets: int = 2, desk_id: DeskId | None = None) -> None:
    run = CopyRun(run_id=run_id, sheets=sheets, copies=2, state=state, begun_at=office.clock.now(), desk_id=desk_id)
    office.do(queries.write_run, run=run)


def state_of(office: CaseOffice, run_id: str) -> tuple[CopyState, str | None]:
    run = office.store.read_now(partial(queries.run, run_id=run_id))
    assert run is not None
    return run.state, run.reason


async def test_a_run_that_waits_for_paper_is_counted_once_it_has_come_out(
    case_office: CaseOffice, tmp_path: Path
) -> None:
    async with device_room(tmp_path / "devices", "scanner", "document-printer") as room:
        watch = CopyWatch(case_office.store, devices=room.client, clock=case_office.clock, folder=tmp_path / "copying")
        room.office.scanner.put_pages(1)
        room.office.set_fault("document-printer", "paper-out")
        app = device_app(case_office, devices=room.client, folder=tmp_path)
        async with working_as(app, Role.ADMINISTRATOR) as clerk:
            await clerk.post("/desk/copying", data={"copies": "2"})
        (run,) = case_office.store.read_now(queries.open_runs)
        await watch.ask()
        assert state_of(case_office, run.run_id) == (CopyState.QUEUED, "paper-out")

        room.office.set_fault("document-printer", None)
        while state_of(case_office, run.run_id)[0] is CopyState.QUEUED:
            await watch.ask()

    assert state_of(case_office, run.run_id) == (CopyState.PRINTED, None)
    assert case_office.store.read_now(partial(queries.sheets_printed, since=run.begun_at)) == 2


async def test_a_run_that_a_crash_cut_off_never_printed_when_the_print_system_does_not_know_it(
    case_office: CaseOffice, tmp_path: Path
) -> None:
    """Nothing of the visitor's papers stays on the disk either."""
    page = tmp_path / "copying" / "cut" / "page-001.png"
    page.parent.mkdir(parents=True)
    page.write_bytes(b"a passport")
    write(case_office, "cut", state=CopyState.BEGUN)
    write(case_office, "done", state=CopyState.PRINTED)
    async with device_room(tmp_path / "devices", "document-printer") as room:
        watch = CopyWatch(case_office.store, devices=room.client, clock=case_office.clock, folder=tmp_path / "copying")
        running = asyncio.create_task(watch.run())
        while state_of(case_office, "cut")[0] is not CopyState.FAILED:
            assert not (await asyncio.wait({running}, timeout=0.01))[0]
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    assert state_of(case_office, "cut") == (CopyState.FAILED, "not-known")
    assert state_of(case_office, "done")[0] is CopyState.PRINTED
    assert not page.exists()


async def test_what_the_print_system_cannot_tell_a_person_settles_once(case_office: CaseOffice, tmp_path: Path) -> None:
    write(case_office, "cut", state=CopyState.BEGUN)
    case_office.do(commands.doubt_interrupted)
    case_office.clock.move(seconds=ASK_ABOUT_UNKNOWN_FOR.total_seconds() + 1)
    async with device_room(tmp_path / "devices", "document-printer") as room:
        watch = CopyWatch(case_office.store, devices=room.client, clock=case_office.clock, folder=tmp_path / "copying")
        await watch.ask()
        app = device_app(case_office, devices=room.client, folder=tmp_path)
        async with working_as(app, Role.ADMINISTRATOR) as clerk:
            clerk.headers["accept"] = "text/html"
            page = await clerk.get("/desk/copying")
            settled = await clerk.post(
                "/desk/copying/cut/settlement", data={"outcome": "printed"}, follow_redirects=True
            )
            again = await clerk.post("/desk/copying/cut/settlement", data={"outcome": "failed"})
            nothing = await clerk.post("/desk/copying/none/settlement", data={"outcome": "failed"})

    assert "Копії, про які невідомо" in page.text
    assert "Копії, про які невідомо" not in settled.text
    assert (again.status_code, nothing.status_code) == (409, 404)
    run = case_office.store.read_now(partial(queries.run, run_id="cut"))
    assert run is not None
    assert (run.state, run.settled_by) == (CopyState.PRINTED, OLENA.staff_id)


async def test_sheets_are_counted_by_day_and_desk(case_office: CaseOffice, tmp_path: Path) -> None:
    five = DeskId("desk-5")
    write(case_office, "1", state=CopyState.PRINTED, sheets=3, desk_id=five)
    write(case_office, "2", state=CopyState.FAILED, sheets=9, desk_id=five)
    case_office.clock.move(days=1)
    write(case_office, "3", state=CopyState.PRINTED, sheets=1, desk_id=five)
    write(case_office, "4", state=CopyState.PRINTED, sheets=4)

    since = case_office.clock.now() - timedelta(days=7)
    today, yesterday = case_office.store.read_now(partial(queries.copied_by_day, since=since))
    assert (today.sheets, today.by_desk) == (10, {five: 2, None: 8})
    assert (yesterday.sheets, yesterday.by_desk) == (6, {five: 6})
