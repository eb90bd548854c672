"""Takes ordered jobs to the printers: intent first, then the device, then what became of it. Never twice by itself."""

import asyncio
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Protocol

import structlog

from device_drivers.client import DevicesClient
from device_drivers.document_printer.protocol import NotPrinted, Queued
from device_drivers.driver import Printed
from device_drivers.errors import DeviceError, OutcomeUnknown, Unavailable
from device_drivers.ticket_printer.protocol import TicketPaper
from device_drivers.wire import Result
from edge_node.devices.queries import doubtful_act
from edge_node.printing import commands, queries
from edge_node.printing.listeners.pdf import PaperNotSet
from edge_node.printing.model import SMALL_PAPERS, PaperKind, PrintJob, PrintOrdered, PrintState
from sync.ambient import Clock
from sync.storage import Store
from sync.vocabulary.errors import NotFound

TICKETS = SMALL_PAPERS
DOCUMENTS = tuple(kind for kind in PaperKind if kind not in SMALL_PAPERS)
TICKET_PRINTER = "ticket_printer"
DOCUMENT_PRINTER = "document_printer"
PRINT_TICKET = "print_ticket"
ASK_AGAIN_SECONDS = 5.0  # the print system holds a job until somebody puts in paper
ASK_ABOUT_UNKNOWN_FOR = timedelta(minutes=10)  # what the print system does not know by then, a person settles

_log = structlog.get_logger("printing")


class Papers(Protocol):
    """Makes the papers; ``PaperMaker`` is the one of the app."""

    async def make(self, job: PrintJob, *, read_at: datetime) -> Path:
        """The path of the PDF; raises PaperNotSet, or NotFound when the case is not here any more."""
        ...

    def ticket(self, job: PrintJob) -> TicketPaper:
        """The paper of a ticket's or a memo's job."""
        ...

    def forget(self, job: PrintJob) -> None:
        """Delete the PDF."""
        ...

    def sweep(self, *, keep: frozenset[str]) -> None:
        """Delete PDFs that an earlier life left behind, but those of the jobs in ``keep``."""
        ...


class PrintRunner:
    """Two lanes, so that no ticket waits behind a document; both live until cancelled."""

    def __init__(self, store: Store, *, devices: DevicesClient, clock: Clock, papers: Papers) -> None:
        self._store = store
        self._devices = devices
        self._clock = clock
        self._papers = papers
        self._bells = {TICKETS: asyncio.Event(), DOCUMENTS: asyncio.Event()}
        store.subscribe(PrintOrdered, self._hear)

    async def run(self) -> None:
        """Settle what an earlier life left open, then print what is ordered, for ever."""
        await self._store.run(partial(commands.forget_the_sending, now=self._clock.now()))
        held = await self._store.read(queries.queued)
        self._papers.sweep(keep=frozenset(job.id for job in held))
        await self.ask_about_open_jobs()
        async with asyncio.TaskGroup() as lanes:
            lanes.create_task(self._lane(TICKETS))
            lanes.create_task(self._lane(DOCUMENTS))
            lanes.create_task(self._keep_asking())

    async def print_ordered(self, kinds: tuple[PaperKind, ...] = (*TICKETS, *DOCUMENTS)) -> int:
        """Print what is ordered now; how many jobs that were."""
        jobs = await self._store.read(partial(queries.ordered, kinds=kinds))
        for job in jobs:
            await self._print(job)
        return len(jobs)

    async def ask_about_open_jobs(self) -> None:
        """Ask the print system about every job it may still tell of."""
        for job in await self._store.read(queries.queued):
            await self.inquire(job)

    async def inquire(self, job: PrintJob) -> None:
        """Ask the print system what became of a document; a ticket printer cannot tell, so a person settles it."""
        if job.kind in SMALL_PAPERS:
            return
        device = job.details.trial_of or await self._device(DOCUMENT_PRINTER)
        if device is None:
            return
        try:
            result = await self._devices.call(device, "inquire", ref=job.id)
        except DeviceError:
            return  # it stays as it is, and is asked again
        await self._end(job, result)

    def _hear(self, _event: PrintOrdered) -> None:
        for bell in self._bells.values():
            bell.set()

    async def _lane(self, kinds: tuple[PaperKind, ...]) -> None:
        bell = self._bells[kinds]
        while True:
            bell.clear()
            if await self.print_ordered(kinds) == 0:
                await bell.wait()

    async def _keep_asking(self) -> None:
        while True:
            await asyncio.sleep(ASK_AGAIN_SECONDS)
            for bell in self._bells.values():
                bell.set()  # what another process ordered (a terminal's doctor) rings none
            since = self._clock.now() - ASK_ABOUT_UNKNOWN_FOR
            for job in await self._store.read(queries.queued):
                if job.state is PrintState.QUEUED or (job.ended_at or since) > since:
                    await self.inquire(job)

    async def _print(self, ordered: PrintJob) -> None:
        try:
            pdf_path = None if ordered.kind in SMALL_PAPERS else await self._pdf(ordered)
        except (PaperNotSet, NotFound) as error:
            _log.warning("paper not set", job_id=ordered.id, kind=ordered.kind, why=str(error))
            await self._record(ordered, PrintState.FAILED, reason="not-set")
            return
        job = await self._store.run(partial(commands.begin_sending, job_id=ordered.id, now=self._clock.now()))
        if job is None:
            return
        try:
            result = await self._send(job, pdf_path)
        except OutcomeUnknown as error:
            await self._record(job, PrintState.UNKNOWN, reason=error.reason)
        except DeviceError as error:
            await self._record(job, PrintState.FAILED, reason=error.reason)
        else:
            await self._end(job, result)

    async def _pdf(self, job: PrintJob) -> Path:
        return await self._papers.make(job, read_at=self._clock.now())

    async def _send(self, job: PrintJob, pdf_path: Path | None) -> Result:
        """Let the printer act; only small papers have no PDF."""
        if pdf_path is None:
            return await self._send_small(job)
        device = job.details.trial_of or await self._needed(DOCUMENT_PRINTER)
        return await self._devices.call(
            device, "print_pdf", ref=job.id, pdf_path=str(pdf_path), title=f"{job.kind} {job.id}", copies=job.copies
        )

    async def _send_small(self, job: PrintJob) -> Result:
        """Let a ticket printer act; what may still hang in it is told, or the two would come out on one paper."""
        device = await self._needed(TICKET_PRINTER)
        doubtful = await self._store.read(partial(doubtful_act, device=device, method=PRINT_TICKET))
        paper = self._papers.ticket(job)
        return await self._devices.call(device, PRINT_TICKET, paper=paper, ref=job.id, after_unknown=doubtful)

    async def _end(self, job: PrintJob, result: Result) -> None:
        match result:
            case Printed():
                await self._record(job, PrintState.PRINTED)
            case Queued():
                reason = result.reasons[0] if result.reasons else None
                if job.state is not PrintState.QUEUED or job.reason != reason:
                    await self._record(job, PrintState.QUEUED, reason=reason)
            case NotPrinted():
                await self._record(job, PrintState.FAILED, reason=result.reason)
            case _:
                raise TypeError(f"a printer answered {type(result).__name__}")

    async def _record(self, job: PrintJob, state: PrintState, reason: str | None = None) -> None:
        await self._store.run(partial(commands.end, job_id=job.id, state=state, reason=reason, now=self._clock.now()))
        if state is not PrintState.QUEUED:
            self._papers.forget(job)

    async def _needed(self, family: str) -> str:
        device = await self._device(family)
        if device is None:
            raise Unavailable("no-device")
        return device

    async def _device(self, family: str) -> str | None:
        """The first configured device of a family; ``None`` when there is none or the drivers are not running."""
        try:
            known = await self._devices.devices()
        except DeviceError:
            return None
        return next((device.name for device in known.devices if device.family == family), None)
