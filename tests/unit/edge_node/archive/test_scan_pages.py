"""The page of a case's scans, when the feeder stopped before it was empty."""

from pathlib import Path

import pytest

from edge_node.archive import queries
from sync.vocabulary.staff import Role
from tests.support.case_office import CaseOffice, device_room
from tests.support.device_app import device_app, working_as

pytestmark = [pytest.mark.anyio, pytest.mark.processes]


async def test_a_clerk_reads_how_many_pages_are_kept_and_scans_the_rest(
    case_office: CaseOffice, tmp_path: Path
) -> None:
    case = case_office.register()
    page = f"/cases/{case.case_id}/scans"
    async with device_room(tmp_path / "devices", "scanner") as room:
        app = device_app(case_office, devices=room.client, folder=tmp_path)
        async with working_as(app, Role.ADMINISTRATOR) as clerk:
            clerk.headers["accept"] = "text/html"
            room.office.set_fault("scanner", "jammed")
            stopped = await clerk.post(page, data={"kind": "document", "pages_expected": "3"}, follow_redirects=True)
            for words in ("Папір зім’яло.", "Збережено 1 сторінку.", "Зазначено 3 сторінки.", "Сканувати решту"):
                assert words in stopped.text
            room.office.set_fault("scanner", None)
            room.office.scanner.put_pages(2)
            (batch,) = case_office.store.read_now(lambda reader: queries.batches_of(reader, case_id=case.case_id))
            rest = {"do": "continue"}
            whole = await clerk.post(
                f"/cases/{case.case_id}/scan-batches/{batch.scan_id}", data=rest, follow_redirects=True
            )

    assert "Сканувати решту" not in whole.text
    assert [scan.pages for scan in queries.scans_of(case_office.file(case))] == [3]
