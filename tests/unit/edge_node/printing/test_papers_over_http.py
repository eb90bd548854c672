"""Papers over HTTP: ordering, copies, and who may not."""

from pathlib import Path

import pytest

from device_drivers.client import DevicesClient
from sync.vocabulary.staff import Role
from tests.support.case_office import CaseOffice
from tests.support.device_app import device_app, working_as
from tests.unit.edge_node.printing.test_journal import order_ticket

pytestmark = pytest.mark.anyio


async def test_a_path_sheet_is_ordered_for_a_case_of_ones_office(case_office: CaseOffice, tmp_path: Path) -> None:
    case = case_office.register()
    app = device_app(case_office, devices=DevicesClient(tmp_path / "nobody.sock"), folder=tmp_path)
    async with working_as(app, Role.ADMINISTRATOR) as client:
        ordered = await client.post(f"/api/cases/{case.case_id}/papers", json={"kind": "path-sheet"})
        listed = await client.get(f"/api/cases/{case.case_id}/papers")
        wrong = await client.post(f"/api/cases/{case.case_id}/papers", json={"kind": "inventory"})

    assert ordered.status_code == 201
    assert [job["id"] for job in listed.json()] == [ordered.json()["id"]]
    assert wrong.status_code in {400, 422}


@pytest.mark.parametrize("kind", ["application", "folder-label", "path-sheet", "result-receipt"])
async def test_a_paper_ordered_on_the_case_page_is_in_the_access_log(
    case_office: CaseOffice, tmp_path: Path, kind: str
) -> None:
    case = case_office.register()
    app = device_app(case_office, devices=DevicesClient(tmp_path / "nobody.sock"), folder=tmp_path)
    async with working_as(app, Role.ADMINISTRATOR) as client:
        ordered = await client.post(f"/cases/{case.case_id}/papers", data={"kind": kind})
        listed = await client.get(f"/api/cases/{case.case_id}/papers")

    assert ordered.status_code == 303
    assert [job["kind"] for job in listed.json()] == [kind]
    printed = case_office.store.read_now(
        lambda reader: reader.scalar(
            "select count(*) from access_log where action = 'case-printed' and subject = :id", id=case.case_id
        )
    )
    assert printed == 1


async def test_another_office_prints_nothing_of_the_case(case_office: CaseOffice, tmp_path: Path) -> None:
    case = case_office.register()
    app = device_app(case_office, devices=DevicesClient(tmp_path / "nobody.sock"), folder=tmp_path)
    async with working_as(app, Role.ADMINISTRATOR, office_id="KYV") as client:
        assert (await client.post(f"/api/cases/{case.case_id}/papers", json={"kind": "path-sheet"})).status_code == 403
        assert (await client.get(f"/api/cases/{case.case_id}/papers")).status_code == 403


async def test_a_copy_is_refused_while_the_first_may_still_come(case_office: CaseOffice, tmp_path: Path) -> None:
    job = order_ticket(case_office)
    app = device_app(case_office, devices=DevicesClient(tmp_path / "nobody.sock"), folder=tmp_path)
    async with working_as(app, Role.ADMINISTRATOR) as client:
        refused = await client.post(f"/api/print-jobs/{job.id}/copies")
        missing = await client.post("/api/print-jobs/nothing/copies")

    assert (refused.status_code, refused.json()["code"]) == (409, "print-job-still-open")
    assert missing.status_code == 404
