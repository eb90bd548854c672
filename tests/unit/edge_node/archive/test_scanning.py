"""Papers on the simulated scanner, through the drivers' real process, into the case."""

import subprocess
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from edge_node.archive import commands, queries
from edge_node.archive.controllers.feeder import ScanFeeder
from edge_node.archive.controllers.scanning import ScanDesk, one_file
from edge_node.archive.controllers.shelf import ScanShelf
from edge_node.archive.model import (
    BatchStep,
    NoScanner,
    PageDamaged,
    ScanBatch,
    ScanBatchNotFound,
    ScanKind,
    ScannerRefused,
    ScanWanted,
)
from edge_node.case_register.model import Case, CaseNotYours
from edge_node.staff import queries as staff
from sync.replication.blob_rows import count_pending
from sync.replication.blobs import BlobFolder
from sync.vocabulary.ids import OfficeId, StaffId
from sync.vocabulary.staff import Role
from sync.web.access import SignedIn
from tests.support.case_office import OLENA_SIGNED_IN, CaseOffice, DeviceRoom, device_room
from tests.support.device_app import line_is_cut

# the drivers and the type-setter run beside the test
pytestmark = [pytest.mark.anyio, pytest.mark.processes]

GUEST = SignedIn(
    staff_id=StaffId("01TARAS"), name="Тарас", roles=frozenset({Role.ADMINISTRATOR}), office_id=OfficeId("KYV")
)
CONTRACT = ScanWanted(kind=ScanKind.DOCUMENT, title="Договір купівлі-продажу")


def desk_of(office: CaseOffice, room: DeviceRoom, folder: Path) -> ScanDesk:
    blobs = BlobFolder(folder / "blobs")
    shelf = ScanShelf(office.store, blobs=blobs, fetch=line_is_cut, clock=office.clock)
    feeder = ScanFeeder(room.client, folder=folder / "scanning")
    return ScanDesk(office.store, feeder=feeder, shelf=shelf, clock=office.clock, ids=office.ids)


def pages_of(pdf: Path) -> int:
    told = subprocess.run(["pdfinfo", pdf], capture_output=True, check=True, text=True).stdout
    return next(int(line.split()[1]) for line in told.splitlines() if line.startswith("Pages:"))


async def test_the_papers_in_the_feeder_become_one_file_of_the_case(case_office: CaseOffice, tmp_path: Path) -> None:
    case = case_office.register()
    async with device_room(tmp_path / "devices", "scanner") as room:
        room.office.scanner.put_pages(2)
        desk = desk_of(case_office, room, tmp_path)

        outcome = await desk.scan(case.case_id, CONTRACT, by=OLENA_SIGNED_IN)

    (scan,) = queries.scans_of(case_office.file(case))
    assert scan == outcome.scan
    assert (scan.pages, scan.title, outcome.batch) == (2, "Договір купівлі-продажу", None)
    assert case_office.file(case).state.attachment_ids == (scan.scan_id,)
    kept = BlobFolder(tmp_path / "blobs").path(scan.sha256)
    assert pages_of(kept) == 2
    assert case_office.store.read_now(count_pending) == 1
    assert list((tmp_path / "scanning").iterdir()) == []


async def test_an_empty_feeder_is_said_and_nothing_is_kept(case_office: CaseOffice, tmp_path: Path) -> None:
    case = case_office.register()
    async with device_room(tmp_path / "devices", "scanner") as room:
        room.office.set_fault("scanner", "empty")
        desk = desk_of(case_office, room, tmp_path)

        with pytest.raises(ScannerRefused):
            await desk.scan(case.case_id, CONTRACT, by=OLENA_SIGNED_IN)

    assert queries.scans_of(case_office.file(case)) == []
    assert list((tmp_path / "scanning").iterdir()) == []


async def jammed(desk: ScanDesk, office: CaseOffice, room: DeviceRoom, case: Case) -> ScanBatch:
    """A batch whose feeder jammed after the first page, and is clear again."""
    room.office.set_fault("scanner", "jammed")
    outcome = await desk.scan(case.case_id, CONTRACT, by=OLENA_SIGNED_IN)
    room.office.set_fault("scanner", None)
    assert outcome.scan is None
    assert queries.scans_of(office.file(case)) == []
    (batch,) = office.store.read_now(partial(queries.batches_of, case_id=case.case_id))
    assert (outcome.batch, batch.pages, batch.stopped_by) == (batch, 1, "jammed")
    return batch


async def test_after_a_jam_the_rest_goes_into_the_same_file(case_office: CaseOffice, tmp_path: Path) -> None:
    case = case_office.register()
    async with device_room(tmp_path / "devices", "scanner") as room:
        desk = desk_of(case_office, room, tmp_path)
        batch = await jammed(desk, case_office, room, case)
        room.office.set_fault("scanner", "empty")
        with pytest.raises(ScannerRefused):
            await desk.finish(case.case_id, batch.scan_id, BatchStep.CONTINUE, by=OLENA_SIGNED_IN)
        room.office.set_fault("scanner", None)
        room.office.scanner.put_pages(2)
        same_desk_after_a_restart = desk_of(case_office, room, tmp_path)
        await same_desk_after_a_restart.finish(case.case_id, batch.scan_id, BatchStep.CONTINUE, by=OLENA_SIGNED_IN)

    (scan,) = queries.scans_of(case_office.file(case))
    assert (scan.scan_id, scan.pages, scan.title) == (batch.scan_id, 3, CONTRACT.title)
    assert pages_of(BlobFolder(tmp_path / "blobs").path(scan.sha256)) == 3
    assert case_office.store.read_now(partial(queries.batches_of, case_id=case.case_id)) == []
    assert list((tmp_path / "scanning").iterdir()) == []


@pytest.mark.parametrize(("step", "scans"), [(BatchStep.KEEP, [1]), (BatchStep.DISCARD, [])])
async def test_a_batch_is_kept_as_it_is_or_discarded_once(
    case_office: CaseOffice, tmp_path: Path, step: BatchStep, scans: list[int]
) -> None:
    case = case_office.register()
    async with device_room(tmp_path / "devices", "scanner") as room:
        desk = desk_of(case_office, room, tmp_path)
        batch = await jammed(desk, case_office, room, case)
        with pytest.raises(CaseNotYours):
            await desk.finish(case.case_id, batch.scan_id, step, by=GUEST)
        await desk.finish(case.case_id, batch.scan_id, step, by=OLENA_SIGNED_IN)
        with pytest.raises(ScanBatchNotFound):
            await desk.finish(case.case_id, batch.scan_id, step, by=OLENA_SIGNED_IN)

    assert [scan.pages for scan in queries.scans_of(case_office.file(case))] == scans
    assert list((tmp_path / "scanning").iterdir()) == []


async def test_another_number_of_pages_than_announced_waits_for_a_word(case_office: CaseOffice, tmp_path: Path) -> None:
    case = case_office.register()
    async with device_room(tmp_path / "devices", "scanner") as room:
        room.office.scanner.put_pages(2)
        desk = desk_of(case_office, room, tmp_path)
        three = ScanWanted(pages_expected=3)
        outcome = await desk.scan(case.case_id, three, by=OLENA_SIGNED_IN)
        assert outcome.batch is not None
        assert (outcome.batch.pages, outcome.batch.stopped_by) == (2, "page-count")
        room.office.scanner.put_pages(1)
        finished = await desk.finish(case.case_id, outcome.batch.scan_id, BatchStep.CONTINUE, by=OLENA_SIGNED_IN)

    assert finished.scan is not None
    assert finished.scan.pages == 3


async def test_pages_that_nobody_wants_for_a_day_are_deleted(case_office: CaseOffice, tmp_path: Path) -> None:
    case = case_office.register()
    async with device_room(tmp_path / "devices", "scanner") as room:
        desk = desk_of(case_office, room, tmp_path)
        await jammed(desk, case_office, room, case)
        case_office.clock.move(days=1, seconds=1)
        await desk.scan(case.case_id, CONTRACT, by=OLENA_SIGNED_IN)

    assert case_office.store.read_now(partial(queries.batches_of, case_id=case.case_id)) == []
    assert list((tmp_path / "scanning").iterdir()) == []


async def test_another_office_cannot_scan_into_the_case(case_office: CaseOffice, tmp_path: Path) -> None:
    case = case_office.register()
    async with device_room(tmp_path / "devices", "scanner") as room:
        with pytest.raises(CaseNotYours):
            await desk_of(case_office, room, tmp_path).scan(case.case_id, CONTRACT, by=GUEST)


async def test_without_the_drivers_there_is_no_scanner(case_office: CaseOffice, tmp_path: Path) -> None:
    case = case_office.register()
    async with device_room(tmp_path / "devices", "scanner") as room:
        desk = desk_of(case_office, room, tmp_path)

    with pytest.raises(NoScanner):
        await desk.scan(case.case_id, CONTRACT, by=OLENA_SIGNED_IN)


async def test_who_looks_at_a_scan_is_logged_and_who_may_not_is_logged_too(
    case_office: CaseOffice, tmp_path: Path
) -> None:
    case = case_office.register()
    async with device_room(tmp_path / "devices", "scanner") as room:
        desk = desk_of(case_office, room, tmp_path)
        scan = (await desk.scan(case.case_id, CONTRACT, by=OLENA_SIGNED_IN)).scan
    assert scan is not None
    look = {"case_id": case.case_id, "scan_id": scan.scan_id, "now": case_office.clock.now()}

    assert case_office.do(commands.look_at_scan, by=OLENA_SIGNED_IN, **look) == scan
    refused = case_office.do(commands.look_at_scan, by=GUEST, **look)

    assert isinstance(refused, CaseNotYours)
    log = case_office.store.read_now(staff.access_log)
    assert {(entry.staff_id, entry.subject) for entry in log} >= {
        (OLENA_SIGNED_IN.staff_id, scan.scan_id),
        (GUEST.staff_id, case.case_id),
    }


def test_a_truncated_page_is_refused_with_its_number(tmp_path: Path) -> None:
    whole, half = tmp_path / "page-001.png", tmp_path / "page-002.png"
    Image.effect_noise((600, 800), 50).save(whole)
    half.write_bytes(whole.read_bytes()[:20_000])

    with pytest.raises(PageDamaged) as refused:
        one_file([whole, half])

    assert refused.value.facts["page"] == 2
