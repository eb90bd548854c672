"""`edge-node doctor` in a terminal: every device, what is the matter with it and what to do, and the same trials."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlite_utils.migrations import Migrations

from device_drivers.client import DevicesClient
from edge_node.cli import main
from edge_node.devices.listeners import JournaledDevices
from edge_node.doctor import boot, devices, node
from edge_node.doctor.devices import TrialRound
from edge_node.printing.listeners.composing import PaperMaker
from edge_node.printing.listeners.pdf import PdfSetter
from edge_node.printing.listeners.rendering import PaperRenderer
from edge_node.printing.listeners.runner import PrintRunner
from edge_node.settings import ListenSettings, NodeSettings
from sync.ambient import SystemClock
from sync.cli.findings import Finding
from sync.vocabulary.ids import OfficeId
from sync.web.i18n import Texts
from tests.support.case_office import CaseOffice, DeviceRoom, device_room

pytestmark = [pytest.mark.anyio, pytest.mark.processes]

DEVICES = ("document-printer", "loudspeaker", "scanner", "telephone", "ticket-printer")


def by_check(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.check: finding for finding in findings}


async def test_each_device_is_named_with_what_to_do_about_it(tmp_path: Path) -> None:
    async with device_room(tmp_path / "devices", *DEVICES) as room:
        well = await devices.examine(room.client)
        room.office.set_fault("ticket-printer", "paper-out")
        room.office.set_fault("document-printer", "paper-out")
        ill = by_check(await devices.examine(room.client))

    assert [finding.state for finding in well] == ["ok"] * len(DEVICES)
    printer = ill["device ticket-printer"]
    assert (printer.state, printer.what, printer.remedy) == ("warn", "Out of paper.", "Put paper in.")
    assert printer.reasons == ("paper-out",)
    assert ill["device document-printer"].state == "warn"
    assert ill["device scanner"].state == "ok"


async def test_drivers_that_do_not_run_are_a_failure(tmp_path: Path) -> None:
    (finding,) = await devices.examine(DevicesClient(tmp_path / "none"))
    assert (finding.state, finding.reasons) == ("fail", ("devices-not-running",))
    assert "systemctl start edge-devices" in finding.remedy


def round_of(office: CaseOffice, room: DeviceRoom, folder: Path, *, page_seconds: float = 60.0) -> TrialRound:
    client = JournaledDevices(folder / "devices" / "devices.sock", store=office.store, clock=office.clock)
    return TrialRound(
        client=client,
        store=office.store,
        clock=SystemClock(),
        ids=office.ids,
        spool=folder / "spool",
        page_seconds=page_seconds,
        look_seconds=0.05,
    )


async def test_every_device_does_its_harmless_act(case_office: CaseOffice, tmp_path: Path) -> None:
    papers = PaperMaker(
        case_office.store,
        office_id=OfficeId("SHV"),
        renderer=PaperRenderer(Texts.load([devices.EDGE_NODE])),
        setter=PdfSetter(tmp_path / "papers"),
    )
    async with device_room(tmp_path / "devices", *DEVICES) as room:
        runner = PrintRunner(case_office.store, devices=room.client, clock=case_office.clock, papers=papers)
        case_office.store.bind_loop(asyncio.get_running_loop())
        running = asyncio.create_task(runner.run())
        room.office.scanner.put_pages(1)

        tried = by_check(await round_of(case_office, room, tmp_path).run())

        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await papers.close()
        case_office.store.bind_loop(None)
        printed = (len(room.office.document_printer.documents()), room.office.ticket_printer.facts()["printed"])

    assert {finding.check: finding.state for finding in tried.values()} == {
        f"trial of {name}": "ok" for name in DEVICES
    }
    assert printed == (1, 1)
    assert "needs a number" in tried["trial of telephone"].what
    assert list((tmp_path / "spool").iterdir()) == []


async def test_a_trial_that_fails_says_why_and_a_page_that_nobody_prints_waits(
    case_office: CaseOffice, tmp_path: Path
) -> None:
    async with device_room(tmp_path / "devices", "document-printer", "scanner", "ticket-printer") as room:
        room.office.set_fault("ticket-printer", "cover-open")
        room.office.set_fault("scanner", "jammed")
        tried = by_check(await round_of(case_office, room, tmp_path, page_seconds=0.2).run())

    assert {finding.check: (finding.state, finding.reasons) for finding in tried.values()} == {
        "trial of document-printer": ("warn", ()),
        "trial of scanner": ("fail", ("jammed",)),
        "trial of ticket-printer": ("fail", ("cover-open",)),
    }
    assert tried["trial of ticket-printer"].remedy == "Close the cover."


def made_node(folder: Path) -> Path:
    CliRunner().invoke(main, ["init", "--folder", str(folder), "--office", "SHV"], catch_exceptions=False)
    return folder


def test_the_terminal_ends_with_1_when_something_fails_and_says_so_as_json(tmp_path: Path) -> None:
    folder = made_node(tmp_path / "node")
    told = CliRunner().invoke(main, ["doctor", "--folder", str(folder), "--json"])
    states = {each["check"]: each["state"] for each in json.loads(told.stdout)}

    assert told.exit_code == 1
    assert states["database"] == "ok"
    assert states["devices"] == "fail"


async def test_a_line_of_the_access_log_that_somebody_wrote_is_found(tmp_path: Path) -> None:
    settings = NodeSettings(office_id=OfficeId("SHV"), folder=made_node(tmp_path / "node"))
    assert by_check(await node.examine(settings))["access log"].state == "ok"
    with closing(sqlite3.connect(settings.database)) as connection, connection:
        connection.execute(
            "insert into access_log (at, action, subject, previous_hash, hash) "
            "values ('2026-11-21T08:00:00+00:00', 'case-seen', 'x', '', 'y')"
        )

    found = by_check(await node.examine(settings))["access log"]
    assert (found.state, found.what) == ("fail", "changed at entry 1")


async def test_a_started_node_is_told_from_one_that_serves_nothing(tmp_path: Path) -> None:
    folder = made_node(tmp_path / "node")
    settings = NodeSettings(office_id=OfficeId("SHV"), folder=folder, listen=ListenSettings(port=9))
    newer = Migrations("queue")
    newer(name="not_there_yet")(lambda _db: None)

    silent = by_check(await boot.examine(settings, migrations=()))
    behind = by_check(await boot.examine(settings, migrations=(newer,)))

    assert (silent["database"].state, silent["pages"].state) == ("ok", "fail")
    assert behind["database"].state == "fail"
    assert "not_there_yet" in behind["database"].what
