"""The technician's page: states and what to do, never a person."""

from functools import partial
from pathlib import Path

import pytest
from litestar import Litestar

from device_drivers.client import DevicesClient
from edge_node.archive import queries as archive
from edge_node.archive.model import TEXT_ATTEMPTS_MAX, TextJob
from edge_node.case_register import commands as register
from edge_node.case_register.model import Actor, Case
from edge_node.printing import commands, queries
from edge_node.printing.model import PackageItem, PrintJob, PrintState
from edge_node.settings import DemoSettings
from edge_node.staff.queries import access_log
from sync.replication import inbox
from sync.replication.messages import PullAnswer, PullItem
from sync.storage import link, quarantine, replica
from sync.vocabulary.ids import OfficeId, ScanId
from sync.vocabulary.staff import Role
from tests.support.case_office import OLENA, CaseOffice
from tests.support.device_app import device_app, working_as

pytestmark = pytest.mark.anyio

PAGE = {"accept": "text/html"}


def unknown_inventory(office: CaseOffice) -> PrintJob:
    case = office.register()
    job = office.do(
        commands.order_inventory,
        case_id=case.case_id,
        items=(PackageItem(name="Заява", is_original=True, sheets=1),),
        order_id=office.ids.new(),
        now=office.clock.now(),
    )
    office.do(commands.begin_sending, job_id=job.id, now=office.clock.now())
    return office.do(
        commands.end, job_id=job.id, state=PrintState.UNKNOWN, reason="no-confirmation", now=office.clock.now()
    )


def app_of(office: CaseOffice, folder: Path) -> Litestar:
    return device_app(office, devices=DevicesClient(folder / "nobody.sock"), folder=folder)


async def test_an_unknown_paper_is_shown_with_what_to_do_and_without_the_person(
    case_office: CaseOffice, tmp_path: Path
) -> None:
    unknown_inventory(case_office)
    async with working_as(app_of(case_office, tmp_path), Role.TECHNICIAN) as client:
        shown = await client.get("/technician", headers=PAGE)

    assert "Принтер не підтвердив друк." in shown.text
    assert "Надрукувати копію" in shown.text
    assert "Ґалаґан" not in shown.text
    assert "SHV-2026-" not in shown.text


async def test_a_technician_settles_a_paper_and_prints_a_copy(case_office: CaseOffice, tmp_path: Path) -> None:
    job = unknown_inventory(case_office)
    async with working_as(app_of(case_office, tmp_path), Role.TECHNICIAN) as client:
        copied = await client.post(f"/technician/print-jobs/{job.id}/copies", headers=PAGE, follow_redirects=False)
        settled = await client.post(
            f"/technician/print-jobs/{job.id}/settlement",
            data={"outcome": "printed"},
            headers=PAGE,
            follow_redirects=False,
        )

    assert (copied.status_code, settled.status_code) == (303, 303)
    jobs = case_office.store.read_now(lambda reader: queries.papers_of(reader, subject_id=job.subject_id))
    assert {each.state for each in jobs} == {PrintState.PRINTED, PrintState.ORDERED}


async def test_only_a_technician_sees_the_page(case_office: CaseOffice, tmp_path: Path) -> None:
    app = app_of(case_office, tmp_path)
    for role in (Role.ADMINISTRATOR, Role.REGISTRAR, Role.ARCHIVIST):
        async with working_as(app, role) as client:
            assert (await client.get("/technician", headers=PAGE)).status_code == 403
            assert (await client.get("/api/node")).status_code == 403


async def test_outside_the_demo_there_is_no_way_to_cut_the_line(case_office: CaseOffice, tmp_path: Path) -> None:
    async with working_as(app_of(case_office, tmp_path), Role.TECHNICIAN) as client:
        shown = await client.get("/technician", headers=PAGE)
        refused = await client.post("/technician/line", data={"state": "cut"})

    assert "Розірвати лінію" not in shown.text
    assert refused.status_code == 409


async def test_a_line_control_that_is_not_there_is_said(case_office: CaseOffice, tmp_path: Path) -> None:
    app = device_app(
        case_office,
        devices=DevicesClient(tmp_path / "nobody.sock"),
        folder=tmp_path,
        demo=DemoSettings(line_control="http://127.0.0.1:9"),
    )
    async with working_as(app, Role.TECHNICIAN) as client:
        shown = await client.get("/technician", headers=PAGE)
        refused = await client.post("/technician/line", data={"state": "cut"})

    assert "Розірвати лінію" in shown.text
    assert refused.status_code == 503


def poisoned(office: CaseOffice) -> tuple[Case, str]:
    """A case whose last step the hub does not count, and that step's operation."""
    case = office.register()
    held = office.store.read_now(partial(replica.document, document_id=case.case_id))
    assert held is not None
    office.do(
        register.edit_field,
        case_id=case.case_id,
        field="applicant_phone",
        value="+380501234567",
        by=Actor(staff_id=OLENA.staff_id, office_id=OfficeId("SHV")),
        now=office.clock.now(),
        ids=office.ids,
    )
    poison = office.store.read_now(partial(replica.waiting_operations, limit=-1))[-1].operation_id
    item = PullItem(
        seq=1,
        what="quarantined",
        document_id=case.case_id,
        kind="case",
        operation_id=poison,
        code="field-unannounced",
        update=held.snapshot,
    )
    answer = PullAnswer(hub_incarnation="hub", cursor=1, items=(item,))
    office.do(inbox.receive, answer=answer, project=lambda _tx, _changed: None, ids=office.ids, now=office.clock.now())
    return case, poison


@pytest.mark.parametrize(
    ("button", "action", "state"),
    [("anew", "quarantined-made-anew", "superseded"), ("discard", "quarantined-discarded", "discarded")],
)
async def test_a_quarantined_change_is_shown_with_its_reason_and_a_decision_is_logged(
    case_office: CaseOffice, tmp_path: Path, button: str, action: str, state: str
) -> None:
    case, poison = poisoned(case_office)
    async with working_as(app_of(case_office, tmp_path), Role.TECHNICIAN) as client:
        shown = await client.get("/technician", headers=PAGE)
        decided = await client.post(f"/technician/quarantined/{poison}/{button}", headers=PAGE, follow_redirects=False)
        after = await client.get("/technician", headers=PAGE)
        again = await client.post(f"/technician/quarantined/{poison}/{button}")

    assert "Поле змінено без запису про це в справі." in shown.text
    assert str(case.number) in shown.text
    assert (decided.status_code, again.status_code) == (303, 404)
    assert "Зміни в карантині" not in after.text
    stored = case_office.store.read_now(partial(replica.operation, operation_id=poison))
    assert stored is not None
    assert stored.state == state
    (line,) = case_office.store.read_now(partial(access_log, subject=poison))
    assert (line.action, line.staff_id) == (action, OLENA.staff_id)


async def test_alarms_are_shown_until_somebody_has_looked(case_office: CaseOffice, tmp_path: Path) -> None:
    case_office.do(quarantine.raise_alarm, kind="refused", subject="case-1", now=case_office.clock.now())
    (alarm,) = case_office.store.read_now(quarantine.alarms)
    async with working_as(app_of(case_office, tmp_path), Role.TECHNICIAN) as client:
        shown = await client.get("/technician", headers=PAGE)
        await client.post(f"/technician/alarms/{alarm.alarm_id}/seen", headers=PAGE)
        after = await client.get("/technician", headers=PAGE)

    assert "Документ від міста не вдалося прийняти" in shown.text
    assert "Документ від міста не вдалося прийняти" not in after.text


async def test_a_frozen_node_says_what_to_do(case_office: CaseOffice, tmp_path: Path) -> None:
    case_office.do(link.freeze, why="forked")
    async with working_as(app_of(case_office, tmp_path), Role.TECHNICIAN) as client:
        shown = await client.get("/technician", headers=PAGE)

    assert "Вузол не обмінюється даними з містом" in shown.text
    assert "його диск скопійовано або відновлено" in shown.text


@pytest.mark.parametrize(
    ("button", "action", "is_wanted"), [("again", "text-wanted-again", True), ("given-up", "text-given-up", False)]
)
async def test_a_scan_without_text_is_shown_with_its_reason_and_a_decision_is_logged(
    *, case_office: CaseOffice, tmp_path: Path, button: str, action: str, is_wanted: bool
) -> None:
    case = case_office.register()
    scan_id = ScanId("01SCAN")
    job = TextJob(
        scan_id=scan_id,
        case_id=case.case_id,
        staff_id=OLENA.staff_id,
        office_id=OfficeId("SHV"),
        attempts=TEXT_ATTEMPTS_MAX,
        failed_because="exit-3",
        queued_at=case_office.clock.now(),
    )
    case_office.do(archive.write_text_job, job=job)
    async with working_as(app_of(case_office, tmp_path), Role.TECHNICIAN) as client:
        shown = await client.get("/technician", headers=PAGE)
        decided = await client.post(f"/technician/texts/{scan_id}/{button}", headers=PAGE, follow_redirects=True)
        again = await client.post(f"/technician/texts/{scan_id}/{button}", headers=PAGE)

    assert "Скани без тексту" in shown.text
    assert "tesseract --list-langs" in shown.text
    assert "Ґалаґан" not in shown.text
    assert "Скани без тексту" not in decided.text
    assert again.status_code == 404
    assert (case_office.store.read_now(archive.next_text_job) is not None) == is_wanted
    assert action in {entry.action for entry in case_office.store.read_now(access_log)}
