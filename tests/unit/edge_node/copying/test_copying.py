"""Papers of a visitor from the simulated scanner to the simulated printer, by the page of a desk."""

from pathlib import Path

import pytest

from edge_node.copying import queries
from edge_node.copying.model import CopyState
from sync.vocabulary.staff import Role
from tests.support.case_office import CaseOffice, device_room
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
