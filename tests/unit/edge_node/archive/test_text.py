"""Scans get their text in the background: by the real OCRmyPDF where it is installed, by small programs else."""

import asyncio
import random
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import msgspec
import pytest

from device_drivers.scanner.form import form_page
from edge_node.archive import commands, queries
from edge_node.archive.controllers.scanning import one_file
from edge_node.archive.controllers.shelf import ScanShelf
from edge_node.archive.listeners.recognising import COMMAND, Recogniser, RecogniserMissing, TextNotRecognised
from edge_node.archive.listeners.text import TextRunner
from edge_node.archive.model import TEXT_ATTEMPTS_MAX, Scan, ScanKind, TextJobNotFound
from edge_node.case_register.commands import path_sheet
from edge_node.case_register.model import Case
from edge_node.settings import ArchiveSettings
from sync.replication import erasure
from sync.replication.blob_rows import count_pending
from sync.replication.blobs import BlobFolder
from sync.vocabulary.case import EventKind
from sync.vocabulary.ids import ScanId
from tests.support.case_office import OLENA_SIGNED_IN, CaseOffice
from tests.support.device_app import line_is_cut

pytestmark = [pytest.mark.anyio, pytest.mark.processes]

COPIES = (sys.executable, "-c", "import shutil, sys; shutil.copy(*sys.argv[-2:])")
MARKS = (sys.executable, "-c", "import sys; open(sys.argv[-1], 'wb').write(b'%PDF- pdfaid:part')")
FAILS = (sys.executable, "-c", "raise SystemExit(2)")
HANGS = (sys.executable, "-c", "import time; time.sleep(600)")


class Archive:
    """An office with one scan of a case, and its recogniser."""

    def __init__(self, office: CaseOffice, folder: Path) -> None:
        self.office = office
        self.folder = folder
        self.blobs = BlobFolder(folder / "blobs")
        self.shelf = ScanShelf(office.store, blobs=self.blobs, fetch=line_is_cut, clock=office.clock)

    async def scanned(self, content: bytes) -> tuple[Case, Scan]:
        case = self.office.register()
        scan = Scan(
            scan_id=ScanId(self.office.ids.new()),
            case_id=case.case_id,
            kind=ScanKind.APPLICATION,
            title="Заява",
            sha256=await self.shelf.keep(content),
            size=len(content),
            media_type="application/pdf",
            pages=1,
            resolution_dpi=300,
            scanned_at=self.office.clock.now(),
        )
        self.office.do(
            commands.attach_scan, scan=scan, by=OLENA_SIGNED_IN, now=self.office.clock.now(), ids=self.office.ids
        )
        return case, scan

    def runner(self, command: tuple[str, ...]) -> TextRunner:
        recogniser = Recogniser(self.folder / "recognising", command=command)
        return TextRunner(
            self.office.store, recogniser=recogniser, shelf=self.shelf, clock=self.office.clock, ids=self.office.ids
        )

    def is_waiting(self) -> bool:
        return self.office.store.read_now(queries.next_text_job) is not None


def text_of(pdf: Path) -> str:
    return subprocess.run(["pdftotext", pdf, "-"], capture_output=True, check=True, text=True).stdout


@pytest.fixture
def archive(case_office: CaseOffice, tmp_path: Path) -> Archive:
    return Archive(case_office, tmp_path)


async def test_a_scanned_form_can_be_searched_in_its_pdf_a(archive: Archive) -> None:
    if shutil.which("ocrmypdf") is None:
        pytest.skip("no OCRmyPDF: apt-get install ocrmypdf tesseract-ocr-ukr")
    page = archive.folder / "page-001.png"
    form_page(random.Random(1), dpi=200).save(page)
    case, scan = await archive.scanned(one_file([page]))

    assert await archive.runner(COMMAND).recognise_next()

    file = archive.office.file(case)
    rendition = queries.renditions_of(file)[scan.scan_id]
    assert queries.scans_of(file) == [scan]
    assert (rendition.kind, rendition.title, rendition.pages) == (scan.kind, scan.title, scan.pages)
    text = text_of(archive.blobs.path(rendition.sha256))
    for words in ("ЗАЯВА", "Прізвище", "Реєстрація"):
        assert words in text
    assert archive.office.store.read_now(count_pending) == 2
    assert not archive.is_waiting()
    assert list((archive.folder / "recognising").iterdir()) == []


async def test_a_second_runner_makes_no_second_file(archive: Archive) -> None:
    case, scan = await archive.scanned(b"%PDF- a scan")
    job = archive.office.store.read_now(queries.next_text_job)
    assert job is not None
    assert await archive.runner(MARKS).recognise_next()
    rendition = queries.renditions_of(archive.office.file(case))[scan.scan_id]
    again = Scan(**{name: getattr(rendition, name) for name in rendition.__struct_fields__} | {"scan_id": ScanId("x")})

    attach = partial(commands.attach_rendition, rendition=again, job=job, now=archive.office.clock.now())
    await archive.office.store.run(partial(attach, ids=archive.office.ids))

    await archive.office.store.run(partial(erasure.delete_files, folder=archive.blobs))
    assert len(queries.files_of(archive.office.file(case))) == 2
    assert archive.blobs.has(rendition.sha256)


@pytest.mark.parametrize("command", [FAILS, COPIES], ids=["it fails", "it makes no PDF/A"])
async def test_a_scan_that_cannot_be_recognised_is_tried_three_times(
    archive: Archive, command: tuple[str, ...]
) -> None:
    case, _ = await archive.scanned(b"%PDF- a scan")
    runner = archive.runner(command)

    tries = [await runner.recognise_next() for _ in range(TEXT_ATTEMPTS_MAX + 1)]

    assert tries == [True, True, True, False]
    assert len(queries.files_of(archive.office.file(case))) == 1


async def test_a_runner_that_is_stopped_ends_its_process_and_the_next_life_begins_anew(archive: Archive) -> None:
    case, scan = await archive.scanned(b"%PDF- a scan")
    running = asyncio.create_task(archive.runner(HANGS).recognise_next())
    while not list((archive.folder / "recognising").glob("*/scanned.pdf")):
        await asyncio.to_thread(lambda: None)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert list((archive.folder / "recognising").iterdir()) == []

    assert await archive.runner(MARKS).recognise_next()

    assert scan.scan_id in queries.renditions_of(archive.office.file(case))


async def test_a_scan_that_ended_the_node_three_times_is_left_alone(archive: Archive) -> None:
    await archive.scanned(b"%PDF- a scan")
    for _ in range(TEXT_ATTEMPTS_MAX):
        job = archive.office.store.read_now(queries.next_text_job)
        assert job is not None
        await archive.office.store.run(partial(commands.begin_text_job, job=job))

    await archive.runner(MARKS).recognise_next()

    assert not archive.is_waiting()


async def test_a_file_that_is_elsewhere_costs_no_attempt(archive: Archive) -> None:
    _, scan = await archive.scanned(b"%PDF- a scan")
    archive.blobs.remove(scan.sha256)
    before = archive.office.store.read_now(queries.next_text_job)

    assert not await archive.runner(MARKS).recognise_next()

    assert archive.office.store.read_now(queries.next_text_job) == before


async def test_without_ocrmypdf_scans_wait(archive: Archive) -> None:
    await archive.scanned(b"%PDF- a scan")
    before = archive.office.store.read_now(queries.next_text_job)
    with pytest.raises(RecogniserMissing):
        await archive.runner(("nice", "no-such-program")).recognise_next()
    assert archive.office.store.read_now(queries.next_text_job) == before


async def test_a_recogniser_says_why(tmp_path: Path) -> None:
    with pytest.raises(TextNotRecognised, match="exit-2"):
        await Recogniser(tmp_path, command=FAILS).searchable(b"", pages=1)


async def test_a_rendition_is_archived_with_its_scan(archive: Archive) -> None:
    case, scan = await archive.scanned(b"%PDF- a scan")
    assert await archive.runner(MARKS).recognise_next()
    lines = [event for event in archive.office.file(case).state.path if event.kind == EventKind.SCAN_ATTACHED]
    assert len(lines) == 2
    told = [
        line.kind
        for line in archive.office.store.read_now(lambda reader: path_sheet(reader, archive.office.file(case)))
    ]
    assert told.count("scan_attached") == 1, "a scan and its text are one step of the case"
    rendition = queries.renditions_of(archive.office.file(case))[scan.scan_id]
    look = {"case_id": case.case_id, "by": OLENA_SIGNED_IN, "now": archive.office.clock.now()}
    assert archive.office.do(commands.look_at_scan, scan_id=rendition.scan_id, **look) == rendition


async def test_the_text_of_a_scan_whose_case_was_erased_is_wanted_no_more(archive: Archive) -> None:
    case, _ = await archive.scanned(b"%PDF- a scan")
    archive.office.erase(case)

    assert await archive.runner(MARKS).recognise_next()

    assert not archive.is_waiting()
    assert queries.files_of(archive.office.file(case)) == []


async def test_what_was_recognised_while_its_case_was_erased_stays_nowhere(archive: Archive) -> None:
    case, scan = await archive.scanned(b"%PDF- a scan")
    job = archive.office.store.read_now(queries.next_text_job)
    assert job is not None
    archive.office.erase(case)
    made = await archive.shelf.keep(b"%PDF- its text")
    rendition = msgspec.structs.replace(scan, scan_id=ScanId("x"), sha256=made, rendition_of=scan.scan_id)

    attach = partial(commands.attach_rendition, rendition=rendition, job=job, now=archive.office.clock.now())
    await archive.office.store.run(partial(attach, ids=archive.office.ids))
    await archive.office.store.run(partial(erasure.delete_files, folder=archive.blobs))

    assert not archive.is_waiting()
    assert not archive.blobs.has(made)


async def test_a_scan_whose_text_was_given_up_gets_it_once_the_cause_is_mended(archive: Archive) -> None:
    case, scan = await archive.scanned(b"%PDF- a scan")
    for _ in range(TEXT_ATTEMPTS_MAX):
        await archive.runner(FAILS).recognise_next()
    (given_up,) = archive.office.store.read_now(queries.failed_text_jobs)
    assert given_up.failed_because == "exit-2"

    archive.office.do(commands.recognise_again, scan_id=scan.scan_id)
    assert await archive.runner(MARKS).recognise_next()

    assert scan.scan_id in queries.renditions_of(archive.office.file(case))
    with pytest.raises(TextJobNotFound):
        archive.office.do(commands.recognise_again, scan_id=scan.scan_id)


async def test_a_scan_may_stay_without_text(archive: Archive) -> None:
    case, scan = await archive.scanned(b"%PDF- a scan")
    with pytest.raises(TextJobNotFound):
        archive.office.do(commands.leave_without_text, scan_id=scan.scan_id)
    for _ in range(TEXT_ATTEMPTS_MAX):
        await archive.runner(FAILS).recognise_next()

    archive.office.do(commands.leave_without_text, scan_id=scan.scan_id)

    assert archive.office.store.read_now(queries.failed_text_jobs) == []
    assert queries.scans_of(archive.office.file(case)) == [scan]


async def test_the_languages_are_those_of_the_settings(tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    notes = ("sh", "-c", f'echo "$@" > {asked}; exit 2', "notes")
    with pytest.raises(TextNotRecognised):
        await Recogniser(tmp_path / "work", languages="ukr", command=notes).searchable(b"", pages=1)
    assert asked.read_text().startswith("-l ukr --output-type pdfa-2")


@pytest.mark.parametrize("languages", ["", "ukr eng", "ukr+", "-l", "ukr+../eng"])
def test_languages_that_tesseract_cannot_have_stop_the_start(languages: str) -> None:
    with pytest.raises(msgspec.ValidationError, match="text_languages"):
        msgspec.convert({"text_languages": languages}, ArchiveSettings)
