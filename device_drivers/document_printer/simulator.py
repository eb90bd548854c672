"""A print system that is not there: enough of IPP/2.0 and of CUPS's own operations for the real driver to print to it.

Documents end as PDF files in a spool folder. Faults: ``paper-out`` and ``cover-open`` (jobs wait, and print when the
fault is cleared), ``toner-low``, ``restarted`` (loses the document and calls the job completed, as CUPS does),
``abort``, ``silent`` (takes connections and never answers).
"""

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import msgspec

from device_drivers.document_printer import ipp
from device_drivers.document_printer.ipp import Attribute, Message
from device_drivers.simulated import Faulty

PRINT_JOB, VALIDATE_JOB, CREATE_JOB, SEND_DOCUMENT = 0x0002, 0x0004, 0x0005, 0x0006
CANCEL_JOB, GET_JOB, GET_JOBS, GET_PRINTER = 0x0008, 0x0009, 0x000A, 0x000B
CUPS_GET_DEFAULT, CUPS_GET_PRINTERS, CUPS_GET_CLASSES = 0x4001, 0x4002, 0x4005
OK, NOT_FOUND, NOT_POSSIBLE, NOT_SUPPORTED = 0x0000, 0x0406, 0x0404, 0x0501
PENDING, PROCESSING, CANCELLED, ABORTED, COMPLETED = 3, 5, 7, 8, 9
IDLE, BUSY = 3, 4
DOCUMENT_BYTES_MAX = 64 << 20
STATE_REASONS = {
    "paper-out": ("media-empty-warning", "media-needed-warning"),
    "cover-open": ("door-open-report",),
    "toner-low": ("toner-low-report",),
    "restarted": ("cups-ipp-missing-job-history", "cups-ipp-conformance-failure-report"),
}
QUEUE = "office"


class Job(msgspec.Struct, kw_only=True):
    """One job and its document while it waits."""

    job_id: int
    name: str
    copies: int
    state: int = PENDING
    document: bytes | None = None


class DocumentPrinterSimulator(Faulty):
    """Prints into ``spool``: job-0001.pdf, job-0002.pdf, and so on."""

    FAULTS: ClassVar[tuple[str, ...]] = ("paper-out", "cover-open", "toner-low", "restarted", "abort", "silent")

    def __init__(self, spool: Path, *, port: int = 0) -> None:
        super().__init__()
        self._spool = spool
        spool.mkdir(parents=True, exist_ok=True)
        self._first_id = 1 + max((int(path.stem.removeprefix("job-")) for path in self.documents()), default=0)
        self.jobs: dict[int, Job] = {}
        self._lock = threading.Lock()
        self._is_closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        """Begin to serve, in threads of its own."""
        self._thread.start()

    def close(self) -> None:
        self._is_closing.set()
        with self.changed:
            self.changed.notify_all()
        self._server.shutdown()
        self._server.server_close()

    def facts(self) -> dict[str, str | int]:
        waiting = sum(job.state in {PENDING, PROCESSING} for job in self.jobs.values())
        copies = sum(job.copies for job in self.jobs.values() if job.state == COMPLETED)
        return {
            "printed": len(self.documents()),
            "copies": copies,
            "jobs": len(self.jobs),
            "waiting": waiting,
            "spool": str(self._spool),
        }

    def documents(self) -> list[Path]:
        """The documents printed so far, oldest first."""
        return sorted(self._spool.glob("job-*.pdf"))

    def after_change(self) -> None:
        with self._lock:
            for job in self.jobs.values():
                self._work(job)

    def wait_while_silent(self) -> None:
        """Hold the caller for as long as the fault ``silent`` is set."""
        with self.changed:
            self.changed.wait_for(lambda: self.fault != "silent" or self._is_closing.is_set())

    def answer(self, request: Message, document: bytes) -> Message:
        """What the print system says to one request."""
        with self._lock:
            status, groups = self._do(request, document)
        head = (
            Attribute(tag=ipp.CHARSET, name="attributes-charset", values=("utf-8",)),
            Attribute(tag=ipp.LANGUAGE, name="attributes-natural-language", values=("en",)),
        )
        return Message(
            version=request.version, code=status, request_id=request.request_id, groups=((ipp.OPERATION, head), *groups)
        )

    def _do(self, request: Message, document: bytes) -> tuple[int, tuple[tuple[int, tuple[Attribute, ...]], ...]]:
        match request.code:
            case ipp_code if ipp_code in {GET_PRINTER, CUPS_GET_PRINTERS, CUPS_GET_DEFAULT}:
                return OK, ((ipp.PRINTER, self._printer_attributes()),)
            case ipp_code if ipp_code in {VALIDATE_JOB, CUPS_GET_CLASSES}:
                return OK, ()
            case ipp_code if ipp_code in {CREATE_JOB, PRINT_JOB}:
                job = self._created(request)
                if request.code == PRINT_JOB:
                    self._received(job, document)
                return OK, ((ipp.JOB, self._job_attributes(job)),)
            case ipp_code if ipp_code == GET_JOBS:
                return OK, tuple((ipp.JOB, self._job_attributes(job)) for job in self._asked_jobs(request))
            case _:
                return self._do_with_job(request, document)

    def _do_with_job(
        self, request: Message, document: bytes
    ) -> tuple[int, tuple[tuple[int, tuple[Attribute, ...]], ...]]:
        job = self.jobs.get(_job_id(request))
        if job is None:
            return NOT_FOUND, ()
        if request.code == SEND_DOCUMENT:
            self._received(job, document)
        elif request.code == CANCEL_JOB:
            if job.state not in {PENDING, PROCESSING}:
                return NOT_POSSIBLE, ()
            job.state = CANCELLED
        elif request.code != GET_JOB:
            return NOT_SUPPORTED, ()
        return OK, ((ipp.JOB, self._job_attributes(job)),)

    def _created(self, request: Message) -> Job:
        job = Job(
            job_id=self._first_id + len(self.jobs),
            name=request.text("job-name", "untitled"),
            copies=int(request.text("copies", "1")),
        )
        self.jobs[job.job_id] = job
        return job

    def _received(self, job: Job, document: bytes) -> None:
        job.document = document
        job.state = PROCESSING
        self._work(job)

    def _work(self, job: Job) -> None:
        """Print ``job`` if it has its document and nothing is in the way."""
        if job.state != PROCESSING or job.document is None or self.fault in {"paper-out", "cover-open", "silent"}:
            return
        if self.fault == "abort":
            job.state = ABORTED
            return
        if self.fault != "restarted":
            part = self._spool / f"job-{job.job_id:04d}.part"
            part.write_bytes(job.document)
            part.rename(part.with_suffix(".pdf"))
        job.document = None
        job.state = COMPLETED

    def _asked_jobs(self, request: Message) -> list[Job]:
        done = {CANCELLED, ABORTED, COMPLETED}
        which = request.text("which-jobs", "not-completed")
        return [job for job in self.jobs.values() if which == "all" or (job.state in done) == (which == "completed")]

    def _printer_attributes(self) -> tuple[Attribute, ...]:
        is_busy = any(job.state == PROCESSING for job in self.jobs.values())
        uri = f"ipp://{self.address}/printers/{QUEUE}"
        operations = (PRINT_JOB, VALIDATE_JOB, CREATE_JOB, SEND_DOCUMENT, CANCEL_JOB, GET_JOB, GET_JOBS, GET_PRINTER)
        return (
            Attribute(tag=ipp.NAME, name="printer-name", values=(QUEUE,)),
            Attribute(tag=ipp.URI, name="printer-uri-supported", values=(uri,)),
            Attribute(tag=ipp.KEYWORD, name="uri-authentication-supported", values=("none",)),
            Attribute(tag=ipp.KEYWORD, name="uri-security-supported", values=("none",)),
            Attribute(tag=ipp.KEYWORD, name="ipp-versions-supported", values=("1.1", "2.0")),
            Attribute(tag=ipp.TEXT, name="printer-info", values=("Simulated office printer",)),
            Attribute(tag=ipp.TEXT, name="printer-make-and-model", values=("Vikno simulator",)),
            Attribute(tag=ipp.ENUM, name="printer-type", values=(0x0004,)),
            Attribute(tag=ipp.ENUM, name="printer-state", values=(BUSY if is_busy else IDLE,)),
            Attribute(
                tag=ipp.KEYWORD, name="printer-state-reasons", values=STATE_REASONS.get(self.fault or "", ("none",))
            ),
            Attribute(tag=ipp.BOOLEAN, name="printer-is-accepting-jobs", values=(True,)),
            Attribute(tag=ipp.BOOLEAN, name="printer-is-shared", values=(False,)),
            Attribute(tag=ipp.INTEGER, name="queued-job-count", values=(len(self.jobs),)),
            Attribute(tag=ipp.ENUM, name="operations-supported", values=operations),
            Attribute(tag=ipp.MIME, name="document-format-supported", values=("application/pdf",)),
            Attribute(tag=ipp.MIME, name="document-format-default", values=("application/pdf",)),
            Attribute(tag=ipp.RANGE, name="copies-supported", values=((1, 99),)),
            Attribute(tag=ipp.KEYWORD, name="media-supported", values=("iso_a4_210x297mm",)),
            Attribute(tag=ipp.KEYWORD, name="media-default", values=("iso_a4_210x297mm",)),
        )

    def _job_attributes(self, job: Job) -> tuple[Attribute, ...]:
        uri = f"ipp://{self.address}/jobs/{job.job_id}"
        return (
            Attribute(tag=ipp.URI, name="job-uri", values=(uri,)),
            Attribute(tag=ipp.INTEGER, name="job-id", values=(job.job_id,)),
            Attribute(tag=ipp.ENUM, name="job-state", values=(job.state,)),
            Attribute(tag=ipp.KEYWORD, name="job-state-reasons", values=("none",)),
            Attribute(tag=ipp.NAME, name="job-name", values=(job.name,)),
            Attribute(tag=ipp.INTEGER, name="copies", values=(job.copies,)),
        )

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        simulator = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                simulator.wait_while_silent()
                try:
                    request, document = ipp.decode(self._body())
                except ValueError:
                    self.send_error(400)
                    return
                self._say(ipp.encode(simulator.answer(request, document)))

            def handle_expect_100(self) -> bool:
                simulator.wait_while_silent()
                return super().handle_expect_100()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
                """Say nothing: the office's log is not a web server's."""

            def _say(self, content: bytes) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/ipp")
                self.send_header("Content-Length", str(len(content)))
                with contextlib.suppress(ConnectionError):  # whoever asked has been killed meanwhile
                    self.end_headers()
                    self.wfile.write(content)

            def _body(self) -> bytes:
                if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                    return self.rfile.read(min(int(self.headers.get("Content-Length", "0")), DOCUMENT_BYTES_MAX))
                body = bytearray()
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    if len(body) + size > DOCUMENT_BYTES_MAX:
                        raise ValueError("too large")
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return bytes(body)

        return Handler


def _job_id(request: Message) -> int:
    """The job of a request, named by its number or by the end of its URI."""
    return int(request.text("job-id") or request.text("job-uri", "0").rsplit("/", 1)[-1])
