"""Where the file of a scan is when somebody wants to look at it."""

from functools import partial
from pathlib import Path

import pytest

from edge_node.archive.controllers.shelf import Fetch, ScanShelf
from edge_node.archive.model import Scan, ScanElsewhere, ScanKind, ScanNotFound, ScanNotSentYet, ScansOverQuota
from sync.replication import blob_rows
from sync.replication.blob_rows import PendingBlob
from sync.replication.blobs import BlobFolder
from sync.replication.transport import HubRefusal
from sync.vocabulary.ids import CaseId, ScanId
from tests.support.case_office import CaseOffice
from tests.support.clock import OPENING
from tests.support.device_app import line_is_cut

pytestmark = pytest.mark.anyio
CONTENT = b"%PDF-1.7 a contract"


@pytest.fixture
def folder(tmp_path: Path) -> BlobFolder:
    return BlobFolder(tmp_path / "blobs")


@pytest.fixture
def scan(tmp_path: Path) -> Scan:
    return Scan(
        scan_id=ScanId("scan-1"),
        case_id=CaseId("case-1"),
        kind=ScanKind.DOCUMENT,
        title="",
        sha256=BlobFolder(tmp_path / "hub").put(CONTENT),
        size=len(CONTENT),
        media_type="application/pdf",
        pages=1,
        resolution_dpi=300,
        scanned_at=OPENING,
    )


def shelf_of(
    office: CaseOffice, folder: BlobFolder, *, fetch: Fetch = line_is_cut, quota_bytes: int | None = None
) -> ScanShelf:
    return ScanShelf(office.store, blobs=folder, fetch=fetch, clock=office.clock, quota_bytes=quota_bytes)


async def test_what_is_at_the_hub_is_fetched_once(case_office: CaseOffice, folder: BlobFolder, scan: Scan) -> None:
    asked: list[str] = []

    async def fetch(blob: PendingBlob) -> None:
        asked.append(blob.sha256)
        folder.put(CONTENT)
        case_office.store.run_now(partial(blob_rows.note_fetched, blob=blob, now=OPENING))

    shelf = shelf_of(case_office, folder, fetch=fetch)
    assert [await shelf.take(scan), await shelf.take(scan)] == [CONTENT, CONTENT]
    assert asked == [scan.sha256]


async def test_without_the_line_a_scan_kept_elsewhere_is_said_to_be_there(
    case_office: CaseOffice, folder: BlobFolder, scan: Scan
) -> None:
    with pytest.raises(ScanElsewhere):
        await shelf_of(case_office, folder).take(scan)


async def test_a_scan_that_its_office_has_not_sent_is_said_to_be_on_its_way(
    case_office: CaseOffice, folder: BlobFolder, scan: Scan
) -> None:
    async def fetch(_: PendingBlob) -> None:
        raise HubRefusal(404, "not-found")

    with pytest.raises(ScanNotSentYet):
        await shelf_of(case_office, folder, fetch=fetch).take(scan)


async def test_a_damaged_file_is_fetched_anew_only_if_the_hub_has_it(
    case_office: CaseOffice, folder: BlobFolder, scan: Scan
) -> None:
    """What is left of the only copy stays for whoever can save it."""
    blob = PendingBlob(sha256=scan.sha256, size=scan.size, media_type=scan.media_type)
    folder.put(CONTENT)
    case_office.store.run_now(partial(blob_rows.queue_upload, blob=blob, lane="case", now=OPENING))
    folder.path(scan.sha256).write_bytes(b"rotten")

    with pytest.raises(ScanNotFound):
        await shelf_of(case_office, folder).take(scan)
    assert folder.path(scan.sha256).read_bytes() == b"rotten"

    case_office.store.run_now(partial(blob_rows.mark_uploaded, sha256=scan.sha256, now=OPENING))
    with pytest.raises(ScanElsewhere):
        await shelf_of(case_office, folder).take(scan)
    assert not folder.has(scan.sha256)


async def test_a_scan_that_has_no_room_is_refused_and_nothing_makes_way_that_the_hub_lacks(
    case_office: CaseOffice, folder: BlobFolder
) -> None:
    shelf = shelf_of(case_office, folder, quota_bytes=100)
    sha256 = await shelf.keep(b"a" * 60)
    blob = PendingBlob(sha256=sha256, size=60, media_type="application/pdf")
    case_office.store.run_now(partial(blob_rows.queue_upload, blob=blob, lane="case", now=OPENING))

    with pytest.raises(ScansOverQuota):
        await shelf.keep(b"b" * 60)
    assert folder.has(sha256)

    case_office.store.run_now(partial(blob_rows.mark_uploaded, sha256=sha256, now=OPENING))
    await shelf.keep(b"b" * 60)
    assert not folder.has(sha256)
