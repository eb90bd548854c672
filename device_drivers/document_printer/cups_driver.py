"""Office printers through CUPS; ``completed`` is not "printed" when CUPS itself lost sight of the printer."""

import contextlib
import json
import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path

import msgspec

from device_drivers.document_printer.protocol import COPIES_MAX, NotPrinted, Queued
from device_drivers.driver import READY, Condition, Printed, degraded, offline
from device_drivers.errors import BadCall, NeedsAttention, OutcomeUnknown, Unavailable

ASK_SECONDS_MAX = 5.0
SEND_SECONDS_MAX = 30.0
POLL_SECONDS = 1.0
TITLE_LETTERS_MAX = 120
PENDING, HELD, PROCESSING, STOPPED, CANCELLED, ABORTED, COMPLETED = range(3, 10)  # IPP job-state, RFC 8011 §5.3.7
PRINTER_STOPPED = 5
# The printer was restarted in the middle; CUPS says completed all the same, and goes on saying that it lost sight
# until the queue is set up anew (cups 2.4.2): until then it proves no job printed.
LOST_SIGHT = "history-lost"
# IPP's words for what a person must do, without their severity; the rest is passed on as it is.
REASONS = {
    "media-empty": "paper-out",
    "media-needed": "paper-out",
    "media-jam": "jammed",
    "door-open": "cover-open",
    "cover-open": "cover-open",
    "toner-low": "toner-low",
    "marker-supply-low": "toner-low",
    "toner-empty": "toner-empty",
    "marker-supply-empty": "toner-empty",
    "media-low": "paper-near-end",
    "connecting-to-device": "no-connection",
    "offline": "no-connection",
    "timed-out": "no-connection",
    "paused": "queue-stopped",
    "moving-to-paused": "queue-stopped",
    "cups-ipp-missing-job-history": LOST_SIGHT,
}
SILENT_REASONS = {"none", "cups-ipp-conformance-failure", "cups-waiting-for-job-completed", "processing-to-stop-point"}


class CupsQueue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="cups"):
    """Settings of a printer: ``server`` is host:port or the path of cupsd's socket, ``queue`` its name there.

    ``wait_seconds`` is how long print_pdf waits for the end of the job before it answers Queued.
    """

    server: str = "localhost:631"
    queue: str
    wait_seconds: float = 5.0
    answer_seconds: float = ASK_SECONDS_MAX


class CupsRefused(Exception):  # noqa: N818 - the name is the fact
    """CUPS answered with an error of its own."""


class CupsChild:
    """The helper process, started at need and killed when it does not answer in time."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._is_closed = False

    def ask(self, do: str, *, wait_seconds: float, **facts: str | int) -> dict[str, object]:
        """One answer; raises OSError (also TimeoutError) when the helper had to be killed or died, CupsRefused."""
        with self._lock:
            try:
                answer = _exchange(self._running(), {"do": do, **facts}, wait_seconds=wait_seconds)
            except OSError:
                self._end()
                raise
        if "error" in answer:
            if answer.get("status") == 0:
                raise ConnectionError(str(answer["error"]))
            raise CupsRefused(str(answer["error"]))
        return answer

    def close(self) -> None:
        """End the helper, whatever it is doing: its death ends the wait of whoever asked."""
        self._is_closed = True
        process = self._process
        if process is not None:
            process.kill()
        with self._lock:
            self._end()

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
            self._process.wait()
            self._process = None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._is_closed:
            raise ConnectionError("closed")
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "device_drivers.document_printer.cups_child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "CUPS_SERVER": self._server},
            )
        return self._process


class CupsDocumentPrinter:
    """One queue of one CUPS server; jobs carry their ref at the end of their name."""

    def __init__(self, settings: CupsQueue) -> None:
        self._settings = settings
        self._child = CupsChild(settings.server)
        self._job_ids: dict[str, int] = {}

    def probe(self) -> Condition:
        try:
            reasons, _ = self._printer()
        except Unavailable as error:
            return offline(error.reason)
        return degraded(*reasons) if reasons else READY

    def print_pdf(self, *, ref: str, pdf_path: str, title: str, copies: int) -> Printed | Queued | NotPrinted:
        _check(pdf_path, title, copies)
        job_id = self._find(ref)
        if job_id == 0:
            job_id = self._create(ref, title=title, copies=copies)
            self._send(ref, job_id, pdf_path=pdf_path)
        return self._wait(ref, job_id)

    def inquire(self, *, ref: str) -> Printed | Queued | NotPrinted:
        job_id = self._find(ref)
        if job_id == 0:
            return NotPrinted(ref=ref, reason="not-known")
        return self._outcome(ref, job_id)

    def close(self) -> None:
        self._child.close()

    def _find(self, ref: str) -> int:
        if ref not in self._job_ids:
            job_id = _number(self._ask("find", mark=_mark(ref))["job_id"])
            if job_id == 0:
                return 0
            self._job_ids[ref] = job_id
        return self._job_ids[ref]

    def _create(self, ref: str, *, title: str, copies: int) -> int:
        if not self._printer()[1]:
            raise NeedsAttention("queue-rejects", ref=ref)
        name = title[:TITLE_LETTERS_MAX] + _mark(ref)
        return _number(self._ask("create", queue=self._settings.queue, name=name, copies=copies)["job_id"])

    def _send(self, ref: str, job_id: int, *, pdf_path: str) -> None:
        self._job_ids[ref] = job_id
        queue = self._settings.queue
        try:
            self._child.ask("send", wait_seconds=SEND_SECONDS_MAX, queue=queue, job_id=job_id, path=pdf_path)
        except (OSError, CupsRefused) as error:
            raise OutcomeUnknown(ref, reason="send-broken") from error

    def _wait(self, ref: str, job_id: int) -> Printed | Queued | NotPrinted:
        end = time.monotonic() + self._settings.wait_seconds
        pause = 0.1  # small documents are done at once; then the calm pace
        while True:
            try:
                outcome = self._outcome(ref, job_id)
            except Unavailable as error:
                raise OutcomeUnknown(ref, reason=error.reason) from error
            if not isinstance(outcome, Queued) or time.monotonic() + pause > end:
                return outcome
            time.sleep(pause)  # CUPS tells of a job only when asked
            pause = min(POLL_SECONDS, pause * 2)

    def _outcome(self, ref: str, job_id: int) -> Printed | Queued | NotPrinted:
        job = self._ask("job", job_id=job_id)
        state = _number(job["state"])
        if state == CANCELLED:
            return NotPrinted(ref=ref, reason="cancelled")
        if state == ABORTED:
            return NotPrinted(ref=ref, reason="aborted")
        reasons, _ = self._printer()
        if state != COMPLETED:
            return Queued(ref=ref, job_id=job_id, reasons=tuple(each for each in reasons if each != LOST_SIGHT))
        if LOST_SIGHT in (*reasons, *_plain(job["reasons"])):  # the job's own outlive the printer's
            raise OutcomeUnknown(ref, reason="printer-restarted")
        return Printed(ref=ref)

    def _printer(self) -> tuple[tuple[str, ...], bool]:
        """What stands against printing, and whether the queue takes jobs."""
        answer = self._ask("printer", queue=self._settings.queue)
        reasons = _plain(answer["reasons"])
        if answer["state"] == PRINTER_STOPPED and not reasons:
            reasons = ("queue-stopped",)
        return reasons, answer["is_accepting"] is True

    def _ask(self, do: str, **facts: str | int) -> dict[str, object]:
        """An answer to something that moves no paper; raises Unavailable."""
        try:
            return self._child.ask(do, wait_seconds=self._settings.answer_seconds, **facts)
        except TimeoutError as error:
            raise Unavailable("print-system-silent") from error
        except OSError as error:
            raise Unavailable("no-print-system") from error
        except CupsRefused as error:
            raise Unavailable("no-queue") from error


def plain_reasons(reasons: list[str]) -> tuple[str, ...]:
    """IPP printer-state-reasons as our keys, each once, in their order."""
    bare = [reason.removesuffix("-report").removesuffix("-warning").removesuffix("-error") for reason in reasons]
    return tuple(dict.fromkeys(REASONS.get(reason, reason) for reason in bare if reason not in SILENT_REASONS))


def _plain(reasons: object) -> tuple[str, ...]:
    return plain_reasons([str(text) for text in reasons]) if isinstance(reasons, list) else ()


def _mark(ref: str) -> str:
    return f" #{ref}"


def _number(found: object) -> int:
    return found if isinstance(found, int) else 0


def _check(pdf_path: str, title: str, copies: int) -> None:
    if not 1 <= copies <= COPIES_MAX:
        raise BadCall(f"{copies} copies, from 1 to {COPIES_MAX}")
    if not title.strip():
        raise BadCall("a job without a title")
    try:
        with Path(pdf_path).open("rb") as document:
            head = document.read(5)
    except OSError as error:
        raise BadCall(f"the document cannot be read: {error.strerror}") from error
    if head != b"%PDF-":
        raise BadCall("the document is no PDF")


def _exchange(
    process: subprocess.Popen[bytes], asked: dict[str, str | int], *, wait_seconds: float
) -> dict[str, object]:
    if process.stdin is None or process.stdout is None:
        raise ConnectionError("no pipes")
    process.stdin.write(json.dumps(asked).encode() + b"\n")
    process.stdin.flush()
    line = b""
    end = time.monotonic() + wait_seconds
    while not line.endswith(b"\n"):
        if not select.select([process.stdout], [], [], max(0.0, end - time.monotonic()))[0]:
            raise TimeoutError("the helper does not answer")
        chunk = os.read(process.stdout.fileno(), 65_536)
        if not chunk:
            raise ConnectionError("the helper has ended")
        line += chunk
    answer: dict[str, object] = json.loads(line)
    return answer
