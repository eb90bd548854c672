"""OCRmyPDF in a process group of its own, at the lowest priority: the hall never waits for it."""

import asyncio
import os
import signal
import tempfile
from contextlib import suppress
from pathlib import Path

from sync.replication.blobs import BLOB_BYTES_MAX

COMMAND = ("nice", "-n", "19", "ocrmypdf")
LANGUAGES = "ukr+eng"
OPTIONS = ("--output-type", "pdfa-2", "--rotate-pages", "--deskew", "--jobs", "1", "--quiet")
PAGE_SECONDS_MAX = 120.0  # 4 s of an idle core, and the hall goes first
START_SECONDS_MAX = 60.0
NOT_INSTALLED = 127  # what nice answers for a command that is not there
PDF_A_MARK = b"pdfaid:part"  # its XMP metadata, which PDF/A leaves uncompressed (ISO 19005-2, 6.6.2)


class TextNotRecognised(Exception):  # noqa: N818 - the name is the fact
    """The recogniser made no file; its argument says why."""


class RecogniserMissing(Exception):  # noqa: N818 - the name is the fact
    """OCRmyPDF is not installed here."""


class Recogniser:
    """Makes one PDF at a time searchable; ``folder`` is this node's alone, ``languages`` are Tesseract's names."""

    def __init__(self, folder: Path, *, languages: str = LANGUAGES, command: tuple[str, ...] = COMMAND) -> None:
        self._folder = folder
        self._languages = languages
        self._command = command

    async def searchable(self, content: bytes, *, pages: int) -> bytes:
        """The same pages as PDF/A-2 with a layer of text; raises TextNotRecognised, RecogniserMissing.

        Cancelled, it ends the process and whatever that has started.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder) as name:
            scanned, made = Path(name) / "scanned.pdf", Path(name) / "archive.pdf"
            await asyncio.to_thread(scanned.write_bytes, content)
            try:
                async with asyncio.timeout(START_SECONDS_MAX + pages * PAGE_SECONDS_MAX):
                    code = await self._run(scanned, made, temporary=name)
            except TimeoutError as error:
                raise TextNotRecognised("too-slow") from error
            if code == NOT_INSTALLED:
                raise RecogniserMissing
            if code != 0:
                raise TextNotRecognised(f"exit-{code}")
            found = await asyncio.to_thread(made.read_bytes)
        if PDF_A_MARK not in found:
            raise TextNotRecognised("no-pdf-a")
        if len(found) > BLOB_BYTES_MAX:
            raise TextNotRecognised("too-large")
        return found

    async def _run(self, scanned: Path, made: Path, *, temporary: str) -> int:
        process = await asyncio.create_subprocess_exec(
            *self._command,
            "-l",
            self._languages,
            *OPTIONS,
            str(scanned),
            str(made),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, "OMP_THREAD_LIMIT": "1", "TMPDIR": temporary},
            start_new_session=True,
        )
        try:
            return await process.wait()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
