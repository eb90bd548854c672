"""Papers on simulated printers, through the drivers' real process and the type-setting process."""

import asyncio
import os
import subprocess
from functools import partial
from pathlib import Path
from signal import SIGINT, SIGTERM

import pytest
from msgspec import structs

from edge_node.devices.listeners import JournaledDevices
from edge_node.printing import commands, queries
from edge_node.printing.listeners.composing import PaperMaker
from edge_node.printing.listeners.pdf import PaperNotSet, PdfSetter
from edge_node.printing.listeners.rendering import PaperRenderer
from edge_node.printing.listeners.runner import PrintRunner
from edge_node.printing.model import (
    CourierBatch,
    PackageItem,
    PaperDetails,
    PaperKind,
    PrintJob,
    PrintJobEnded,
    PrintState,
)
from sync.vocabulary.ids import OfficeId
from sync.web.i18n import Texts
from tests.support.case_office import CaseOffice, DeviceRoom, device_room
from tests.support.drivers import PaperMill, running_drivers
from tests.unit.edge_node.printing.test_journal import job_now, order_ticket

# the drivers and the type-setter run beside the test
pytestmark = [pytest.mark.anyio, pytest.mark.processes]

EDGE_NODE = Path(__file__).parents[4] / "edge_node"
ITEMS = (
    PackageItem(name="Заява про державну реєстрацію", is_original=True, sheets=2),
    PackageItem(name="Договір купівлі-продажу", is_original=False, sheets=5),
)


def paper_maker(office: CaseOffice, folder: Path) -> PaperMaker:
    return PaperMaker(
        office.store,
        office_id=OfficeId("SHV"),
        renderer=PaperRenderer(Texts.load([EDGE_NODE])),
        setter=PdfSetter(folder / "papers"),
    )


def runner_of(office: CaseOffice, room: DeviceRoom, papers: PaperMaker) -> PrintRunner:
    return PrintRunner(office.store, devices=room.client, clock=office.clock, papers=papers)


def order_inventory(office: CaseOffice) -> PrintJob:
    case = office.register()
    return office.do(
        commands.order_inventory,
        case_id=case.case_id,
        items=ITEMS,
        order_id=office.ids.new(),
        now=office.clock.now(),
    )


def text_of(pdf: Path) -> str:
    return subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, check=True, text=True).stdout


async def test_a_ticket_comes_out_once(case_office: CaseOffice, tmp_path: Path) -> None:
    async with device_room(tmp_path / "devices", "ticket-printer") as room:
        runner = runner_of(case_office, room, paper_maker(case_office, tmp_path))
        job = order_ticket(case_office)

        await runner.print_ordered()
        await runner.print_ordered()

        assert job_now(case_office, job).state is PrintState.PRINTED
        assert room.office.ticket_printer.facts()["printed"] == 1


async def test_a_running_office_prints_what_is_ordered_and_what_an_earlier_life_left_ordered(
    case_office: CaseOffice, tmp_path: Path
) -> None:
    ended: asyncio.Queue[PrintJobEnded] = asyncio.Queue()
    case_office.store.bind_loop(asyncio.get_running_loop())
    case_office.store.subscribe(PrintJobEnded, ended.put_nowait)
    earlier = order_ticket(case_office)
    async with device_room(tmp_path / "devices", "ticket-printer") as room:
        running = asyncio.create_task(runner_of(case_office, room, paper_maker(case_office, tmp_path)).run())

        first = await ended.get()
        later = order_ticket(case_office)
        second = await ended.get()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    case_office.store.bind_loop(None)
    assert [(each.job_id, each.state) for each in (first, second)] == [
        (earlier.id, PrintState.PRINTED),
        (later.id, PrintState.PRINTED),
    ]


async def test_without_paper_the_ticket_fails_with_its_reason_and_is_not_repeated(
    case_office: CaseOffice, tmp_path: Path
) -> None:
    async with device_room(tmp_path / "devices", "ticket-printer") as room:
        runner = runner_of(case_office, room, paper_maker(case_office, tmp_path))
        room.office.set_fault("ticket-printer", "paper-out")
        job = order_ticket(case_office)
        await runner.print_ordered()
        room.office.set_fault("ticket-printer", None)
        await runner.print_ordered()

        failed = job_now(case_office, job)
        assert (failed.state, failed.reason) == (PrintState.FAILED, "paper-out")
        assert room.office.ticket_printer.facts()["printed"] == 0


async def test_a_lost_confirmation_is_unknown_and_a_copy_says_that_it_is_one(
    case_office: CaseOffice, tmp_path: Path
) -> None:
    async with device_room(tmp_path / "devices", "ticket-printer") as room:
        runner = runner_of(case_office, room, paper_maker(case_office, tmp_path))
        room.office.set_fault("ticket-printer", "lose-confirmation")
        job = order_ticket(case_office)
        await runner.print_ordered()
        assert job_now(case_office, job).state is PrintState.UNKNOWN

        room.office.set_fault("ticket-printer", None)
        copy = case_office.do(
            commands.reprint, job_id=job.id, order_id=case_office.ids.new(), now=case_office.clock.now()
        )
        await runner.print_ordered()

        assert job_now(case_office, copy).state is PrintState.PRINTED
        assert room.office.ticket_printer.facts()["printed"] == 2


async def test_the_printer_is_told_of_the_ticket_before_whose_end_nobody_knows(
    case_office: CaseOffice, tmp_path: Path
) -> None:
    """Drivers that were killed under a ticket know nothing of it: the journal does."""
    printer = PaperMill()
    client = JournaledDevices(tmp_path / "s", store=case_office.store, clock=case_office.clock)
    papers = paper_maker(case_office, tmp_path)
    runner = PrintRunner(case_office.store, devices=client, clock=case_office.clock, papers=papers)
    jobs = []
    async with running_drivers(tmp_path / "s", clock=case_office.clock, printer=printer):
        for trouble in (None, "silent", "unplugged", None, None):
            printer.trouble = trouble
            jobs.append(order_ticket(case_office))
            await runner.print_ordered()
    states = [job_now(case_office, job).state for job in jobs]
    assert states == [PrintState.PRINTED, PrintState.UNKNOWN, PrintState.FAILED, PrintState.PRINTED, PrintState.PRINTED]
    assert printer.doubted == [None, None, jobs[1].id, jobs[1].id, None]


async def test_an_inventory_comes_out_with_number_names_and_sheets(case_office: CaseOffice, tmp_path: Path) -> None:
    papers = paper_maker(case_office, tmp_path)
    async with device_room(tmp_path / "devices", "document-printer") as room:
        job = order_inventory(case_office)

        await runner_of(case_office, room, papers).print_ordered()
        await papers.close()

        assert job_now(case_office, job).state is PrintState.PRINTED
        (printed,) = room.office.document_printer.documents()
        text = text_of(printed)
        for words in ("Опис вхідного пакета", "SHV-2026-", "Ґалаґан Єлизавета", "Договір купівлі-продажу", "1 з 1"):
            assert words in text
    assert list((tmp_path / "papers").iterdir()) == []


async def test_a_test_page_comes_out_before_the_hub_has_told_who_this_office_is(
    case_office: CaseOffice, tmp_path: Path
) -> None:
    renderer, setter = PaperRenderer(Texts.load([EDGE_NODE])), PdfSetter(tmp_path / "papers")
    papers = PaperMaker(case_office.store, office_id=OfficeId("XYZ"), renderer=renderer, setter=setter)
    async with device_room(tmp_path / "devices", "document-printer") as room:
        order = partial(commands.order_test_page, printer="document-printer", now=case_office.clock.now())
        job, elsewhere = (
            case_office.do(order, order_id=case_office.ids.new()),
            case_office.do(order, printer="upstairs", order_id=case_office.ids.new()),
        )
        await runner_of(case_office, room, papers).print_ordered()
        await papers.close()
        (printed,) = room.office.document_printer.documents()
        text = text_of(printed)

    assert job_now(case_office, job).state is PrintState.PRINTED
    assert "Ґ ґ Ї ї Є є І і" in text
    assert "document-printer" in text
    assert "КОПІЯ" not in text
    assert job_now(case_office, elsewhere).reason == "not-configured", "another printer is not tried in its place"
    assert case_office.store.read_now(queries.needing_attention) == []


async def test_an_application_lists_the_papers_of_the_inventory_and_the_label_its_number(
    case_office: CaseOffice, tmp_path: Path
) -> None:
    inventory = order_inventory(case_office)
    papers = paper_maker(case_office, tmp_path)
    (case_id,) = inventory.details.all_case_ids
    jobs = {
        kind: structs.replace(inventory, id=kind.value, kind=kind, details=PaperDetails(case_id=case_id))
        for kind in (PaperKind.APPLICATION, PaperKind.FOLDER_LABEL)
    }
    batch = CourierBatch(
        number="SHV-1", case_ids=(case_id,), handed_at=case_office.clock.now(), handed_by="Олена Петренко"
    )
    jobs[PaperKind.COURIER_BATCH] = structs.replace(
        inventory, id="batch", kind=PaperKind.COURIER_BATCH, details=PaperDetails(batch=batch)
    )
    texts = {kind: text_of(await papers.make(job, read_at=case_office.clock.now())) for kind, job in jobs.items()}
    await papers.close()

    assert all("SHV-2026-" in text for text in texts.values())
    assert inventory.details.items[0].name in texts[PaperKind.APPLICATION]
    assert "Олена Петренко" in texts[PaperKind.COURIER_BATCH]


async def test_a_document_that_waits_for_paper_is_queued_and_then_printed_once(
    case_office: CaseOffice, tmp_path: Path
) -> None:
    papers = paper_maker(case_office, tmp_path)
    async with device_room(tmp_path / "devices", "document-printer") as room:
        runner = runner_of(case_office, room, papers)
        room.office.set_fault("document-printer", "paper-out")
        job = order_inventory(case_office)
        await runner.print_ordered()
        waiting = job_now(case_office, job)
        assert waiting.state in {PrintState.QUEUED, PrintState.FAILED}

        room.office.set_fault("document-printer", None)
        while job_now(case_office, job).state is PrintState.QUEUED:
            await runner.ask_about_open_jobs()
        await papers.close()

        printed = len(room.office.document_printer.documents())
        assert printed == (1 if waiting.state is PrintState.QUEUED else 0)


async def test_without_the_drivers_a_job_fails_and_nothing_is_lost(case_office: CaseOffice, tmp_path: Path) -> None:
    async with device_room(tmp_path / "devices", "ticket-printer") as room:
        runner = runner_of(case_office, room, paper_maker(case_office, tmp_path))
    job = order_ticket(case_office)

    await runner.print_ordered()

    failed = job_now(case_office, job)
    assert (failed.state, failed.reason) == (PrintState.FAILED, "no-device")


async def test_a_paper_that_loads_from_elsewhere_is_set_without_it(tmp_path: Path) -> None:
    setter = PdfSetter(tmp_path)
    page = "<html><body><img src='http://192.0.2.1/x.png' alt='нема'><p>Опис</p></body></html>"

    pdf = await setter.set(page, job_id="job")
    await setter.close()

    assert "Опис" in text_of(pdf)
    assert pdf.stat().st_mode & 0o077 == 0


async def test_a_type_setter_that_died_is_replaced(tmp_path: Path) -> None:
    setter = PdfSetter(tmp_path / "papers")
    await setter.set("<p>1</p>", job_id="one")
    setter.kill()

    assert (await setter.set("<p>2</p>", job_id="two")).exists()
    await setter.close()


async def test_a_paper_that_finds_no_place_fails_alone(tmp_path: Path) -> None:
    setter = PdfSetter(tmp_path)
    setter.path_of("one").mkdir()
    with pytest.raises(PaperNotSet, match="IsADirectoryError"):
        await setter.set("<p>1</p>", job_id="one")
    setting = setter.pid

    assert (await setter.set("<p>2</p>", job_id="two")).exists()
    assert setter.pid == setting
    await setter.close()


async def test_a_stop_of_the_whole_group_leaves_the_paper_to_the_office(tmp_path: Path) -> None:
    """As systemd and Ctrl-C stop it: the office still has the paper set, or gives it up, and the job is not failed."""
    setter = PdfSetter(tmp_path / "papers")
    await setter.set("<p>1</p>", job_id="one")
    setting = setter.pid
    assert setting is not None
    for signal in (SIGTERM, SIGINT):
        os.kill(setting, signal)

    assert (await setter.set("<p>2</p>", job_id="two")).exists()
    assert setter.pid == setting
    await setter.close()


def test_papers_that_a_crash_left_behind_are_swept_away(tmp_path: Path) -> None:
    for name in ("kept.pdf", "left.pdf", "left.html", "left.part", "of-others.png"):
        (tmp_path / name).touch()

    PdfSetter(tmp_path).sweep(keep=frozenset({"kept"}))

    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept.pdf", "of-others.png"]


def test_every_text_of_a_paper_is_in_ukrainian() -> None:
    texts = Texts.load([EDGE_NODE])
    for template in (EDGE_NODE / "printing" / "templates" / "printing").glob("*.html"):
        for words in message_ids(template.read_text(encoding="utf-8")):
            assert texts.translations("uk").gettext(words) != words, words


def message_ids(template: str) -> list[str]:
    return [part.split('"')[0] for part in template.split('_("')[1:]]
