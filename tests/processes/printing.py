"""A print storm: tickets while paper ends, the printer loses power, confirmations are lost, node and drivers killed.

``python -m tests.processes.printing [--tickets 500]``: exit status 1 when a number came out twice without КОПІЯ, the
journal and the printer disagree, or a number that a visitor was told is not in the journal.
"""

import socket
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from random import Random

import httpx
import msgspec
from PIL import Image

from device_drivers.ticket_printer.escpos import ASK_PRINTER
from device_drivers.ticket_printer.paper import render
from device_drivers.ticket_printer.simulator import TicketPrinterSimulator
from edge_node.printing.listeners.tickets import small_paper
from edge_node.printing.model import PaperDetails, PaperKind, PrintJob, PrintState
from sync.vocabulary.catalogue.spheres import Sphere
from sync.vocabulary.ticket import Purpose
from sync.web.i18n import Texts, use_texts
from tests.processes.city import LinedOffice
from tests.processes.cutting_line import CuttingLine
from tests.processes.paying import Drivers
from tests.processes.storming import run
from tests.support.processes import NotInTimeError, wait_until

EDGE_NODE = Path(__file__).parents[2] / "edge_node"
CREATED = 201
SETTLE_SECONDS_MAX = 60
MOMENT_SECONDS_MAX = 0.15  # about what a ticket takes
COPIES_OF_A_NUMBER_MAX = 5
PATIENT = 0.5  # of the unknown, settled by who looks; the others are printed again
BEFORE = ("paper-out", "cover-open", "offline", "paper-out-at-print", "power-cut-at-print", "lose-confirmation")
TROUBLES = {
    "none": 20,
    "paper-out": 6,
    "cover-open": 4,
    "offline": 3,
    "paper-out-at-print": 16,
    "power-cut-at-print": 12,
    "lose-confirmation": 14,
    "power-cut": 8,
    "cut-line": 24,
    "kill-node": 6,
    "kill-drivers": 8,
    "kill-both": 3,
}
TEARING = ("cut-line", "kill-drivers", "kill-both")


class Kiosk:
    """Where visitors take tickets, whatever happens to the printer; and the clerk who looks after it."""

    def __init__(self, office: LinedOffice, *, seed: int) -> None:
        self._office = office
        self._random = Random(seed)
        folder = office.process.folder
        self.printer = TicketPrinterSimulator(folder / "came-out")
        self.printer.start()
        self.line = CuttingLine(self.printer.address)
        table = f'[devices.kiosk]\ndriver = "escpos-tcp"\naddress = "{self.line.address}"\nconfirm_seconds = 0.6\n'
        self.drivers = Drivers(folder, table=table)
        self.drivers.start()
        self.told: dict[str, str] = {}  # number of the ticket by the id that a visitor was answered
        self.troubles: Counter[str] = Counter()
        self._whole_bytes = 40_000  # of a ticket's conversation, until one was measured
        self.by_person: Counter[str] = Counter()

    def close(self) -> None:
        self.drivers.stop()
        self.line.close()
        self.printer.close()

    def serve(self, tickets: int) -> None:
        """So many tickets, one after another, each printed, or settled, or printed again as a copy."""
        with self._office.process.sign_in() as client, ThreadPoolExecutor(1) as visitor:
            for number in range(tickets):
                before, undisturbed = self.line.carried_bytes, self.troubles["none"]
                ticket_id = self._take(client, visitor, key=f"ticket-{number}")
                self._look_after(client, ticket_id)
                if self.troubles["none"] > undisturbed:
                    self._whole_bytes = self.line.carried_bytes - before

    def jobs(self, ticket_id: str | None = None) -> list[PrintJob]:
        """The journal of tickets, or of one."""
        of_one = f"and subject_id = '{ticket_id}'" if ticket_id else ""
        return [
            PrintJob(
                id=str(row[0]),
                kind=PaperKind.TICKET,
                subject_id=str(row[1]),
                details=msgspec.json.decode(str(row[2]), type=PaperDetails),
                copies=1,
                state=PrintState(str(row[3])),
                copy_of=None if row[4] is None else str(row[4]),
                ordered_at=msgspec.convert(row[5], type=PrintJob.__annotations__["ordered_at"], strict=False),
                settled_by=None if row[6] is None else str(row[6]),
                reason=None if row[7] is None else str(row[7]),
            )
            for row in self._office.rows(
                "select id, subject_id, details, state, copy_of, ordered_at, settled_by, reason from print_jobs "  # noqa: S608 - an id of ours
                f"where kind = 'ticket' {of_one} order by id"
            )
        ]

    def _take(self, client: httpx.Client, visitor: ThreadPoolExecutor, *, key: str) -> str:
        trouble = self._random.choices(list(TROUBLES), weights=list(TROUBLES.values()))[0]
        self.troubles[trouble] += 1
        wish = {"sphere": self._random.choice(list(Sphere)), "purpose": self._random.choice(list(Purpose))}
        if trouble in BEFORE:
            self.printer.set_fault(trouble)
        if trouble == "cut-line":
            self.line.cut_after(self._place())
        pressed = visitor.submit(self._ask, client, wish, key)
        self._interrupt(trouble)
        answer = pressed.result()
        while answer is None:  # who had no answer asks again under the same key
            wait_until(self._office.process.is_ready, what="the node")
            answer = self._ask(client, wish, key)
        ticket_id, number = answer
        self.told[ticket_id] = number
        return ticket_id

    @staticmethod
    def _ask(client: httpx.Client, wish: dict[str, str], key: str) -> tuple[str, str] | None:
        try:
            answer = client.post("/api/tickets", json=wish, headers={"Idempotency-Key": key})
        except httpx.HTTPError:
            return None
        if answer.status_code != CREATED:
            raise AssertionError(answer.text)
        return str(answer.json()["id"]), str(answer.json()["number"])

    def _place(self) -> int:
        """Where a line is cut: in the questions, in a picture's head, in its dots, or before the confirmation."""
        asked, begun, ending = 12, 26, self._whole_bytes - 13
        places = (range(asked), range(asked, begun), range(begun, ending), range(ending, self._whole_bytes + 1))
        return self._random.choice(self._random.choice(places))

    def _interrupt(self, trouble: str) -> None:
        victims = {
            "kill-node": [self._office.process],
            "kill-drivers": [self.drivers],
            "kill-both": [self._office.process, self.drivers],
        }.get(trouble, [])
        if not victims and trouble != "power-cut":
            return
        threading.Event().wait(self._random.uniform(0, MOMENT_SECONDS_MAX))  # the moment is drawn, not waited for
        if trouble == "power-cut":
            self.printer.set_fault(trouble)
        for victim in victims:
            victim.kill()
        for victim in victims:
            victim.start()

    def _look_after(self, client: httpx.Client, ticket_id: str) -> None:
        """See the ticket to its end: mend the printer; where nobody knows, look, or print again."""
        for _ in range(COPIES_OF_A_NUMBER_MAX):
            job = self._ended(ticket_id)
            self.printer.set_fault(None)
            self.line.mend()
            if job.state is PrintState.PRINTED:
                return
            if job.state is PrintState.UNKNOWN and (job.copy_of is not None or self._random.random() < PATIENT):
                is_there = self._lies_there(job)
                body = {"outcome": "printed" if is_there else "failed"}
                client.post(f"/api/print-jobs/{job.id}/settlement", json=body).raise_for_status()
                self.by_person["found" if is_there else "missed"] += 1
                if is_there or job.copy_of is None:
                    return
            client.post(f"/api/print-jobs/{job.id}/copies").raise_for_status()
            self.by_person["copied"] += 1
        ends = [(job.state.value, job.reason) for job in self.jobs(ticket_id)]
        raise NotInTimeError(f"{ticket_id}: no paper after {COPIES_OF_A_NUMBER_MAX} copies: {ends}")

    def _lies_there(self, job: PrintJob) -> bool:
        """Whether a paper like the job's has come out that no other job speaks for."""
        self._let_it_finish()
        alike = [other for other in self.jobs(job.subject_id) if bool(other.copy_of) == bool(job.copy_of)]
        return came_out(self.printer, job) > sum(other.state is PrintState.PRINTED for other in alike)

    def _let_it_finish(self) -> None:
        """Wait for the answer to a question behind all that was sent: line and printer take one after another.

        Who looks before that, on a busy machine, sees no paper and is wrong a moment later.
        """
        host, _, port = self.line.address.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=SETTLE_SECONDS_MAX) as asking:
            asking.sendall(ASK_PRINTER)
            if not asking.recv(1):
                raise NotInTimeError("the printer does not answer who looks after it")

    def _ended(self, ticket_id: str) -> PrintJob:
        def ended() -> list[PrintJob]:
            found = self.jobs(ticket_id)
            return [found[-1]] if found and found[-1].state not in {PrintState.ORDERED, PrintState.SENDING} else []

        wait_until(ended, what=f"the end of {ticket_id}", seconds=SETTLE_SECONDS_MAX)
        return ended()[0]


def picture_of(job: PrintJob) -> bytes:
    """What the paper of a job looks like: no two tickets look alike, and a copy unlike its first."""
    return render(small_paper(job)).tobytes()


def came_out(printer: TicketPrinterSimulator, job: PrintJob) -> int:
    """How many papers of the job, and of its like, lie there."""
    return papers(printer)[picture_of(job)]


def papers(printer: TicketPrinterSimulator) -> Counter[bytes]:
    """What came out, each as often as it did; a paper that is not cut hangs out for all to see."""
    hanging = printer.hanging()
    found: Counter[bytes] = Counter() if hanging is None else Counter([hanging.tobytes()])
    for path in printer.tickets():
        with Image.open(path) as ticket:
            found[ticket.tobytes()] += 1
    return found


def hanging(kiosk: Kiosk) -> Iterator[str]:
    """Papers that no one ticket fills: two hang together."""
    tallest = max(render(small_paper(job)).height for job in kiosk.jobs())
    for path in kiosk.printer.tickets():
        with Image.open(path) as paper:
            if paper.height > tallest:
                yield f"{path.name} has {paper.height} rows, the tallest ticket {tallest}"


def ends_of_paper(kiosk: Kiosk) -> Iterator[int]:
    """How many papers lie there of each picture that a job has."""
    out = papers(kiosk.printer)
    yield from (out[picture] for picture in {picture_of(job) for job in kiosk.jobs()})


def differences(kiosk: Kiosk) -> Iterator[str]:
    """What the printer, the journal and the visitors disagree about."""
    out, jobs = papers(kiosk.printer), kiosk.jobs()
    by_picture: dict[bytes, list[PrintJob]] = {}
    for job in jobs:
        by_picture.setdefault(picture_of(job), []).append(job)
    yield from (f"{number} is not in the journal" for number in kiosk.told.keys() - {job.subject_id for job in jobs})
    torn, torn_max = out.total() - sum(ends_of_paper(kiosk)), sum(kiosk.troubles[trouble] for trouble in TEARING)
    if torn > torn_max:
        yield f"{torn} papers are of no job, {torn_max} were torn"
    yield from hanging(kiosk)
    for picture, alike in by_picture.items():
        number = alike[0].details.ticket.number if alike[0].details.ticket else ""
        name = f"{number}{' КОПІЯ' if alike[0].copy_of else ''}"
        if out[picture] > (len(alike) if alike[0].copy_of else 1):
            yield f"{name} came out {out[picture]} times for {len(alike)} orders"
        told = Counter(job.state for job in alike)
        if out[picture] < told[PrintState.PRINTED]:
            yield f"{name} is printed {told[PrintState.PRINTED]} times in the journal, {out[picture]} came out"
        if out[picture] > len(alike) - told[PrintState.FAILED]:
            ends = [(job.state.value, job.reason, bool(job.settled_by)) for job in alike]
            yield f"{name} came out {out[picture]} times though the journal says that one failed: {ends}"
        open_count = told[PrintState.ORDERED] + told[PrintState.SENDING]
        if open_count:
            yield f"{name} is open still"


def storm(office: LinedOffice, *, count: int, seed: int) -> str:
    """Take so many tickets under faults; the figures. Raises NotInTimeError with what is lost or doubled."""
    use_texts(Texts.load([EDGE_NODE]))
    with closing(Kiosk(office, seed=seed)) as kiosk:
        kiosk.serve(count)
        found = list(differences(kiosk))
        if found:
            raise NotInTimeError("; ".join(found[:10]))
        ends = Counter(job.state.value for job in kiosk.jobs())
        told = " ".join(f"{name}={count}" for name, count in (*sorted(ends.items()), *sorted(kiosk.by_person.items())))
        torn = papers(kiosk.printer).total() - sum(ends_of_paper(kiosk))
        troubles = " ".join(f"{name}={count}" for name, count in sorted(kiosk.troubles.items()))
        came = f"tickets={len(kiosk.told)} papers={len(kiosk.printer.tickets())} torn={torn}"
        return f"{came} {told} doubled=0 lost=0 ({troubles})"


if __name__ == "__main__":
    sys.exit(run(storm, description="Tickets while printers fail.", what="tickets", count=500))
