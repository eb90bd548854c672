"""The parent's side of the type-setting process: one at a time, with a deadline, replaced when it is slow or worn."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from pathlib import Path

import msgspec

from edge_node.printing.listeners.pdf_wire import Done, Order

SET_SECONDS_MAX = 30.0  # a path sheet of ten pages takes two
LEAVE_SECONDS_MAX = 0.5  # an idle process ends when its pipe closes; one that sets type is killed
PAPERS_PER_PROCESS_MAX = 500  # what a long life leaks is given back


class PaperNotSet(Exception):  # noqa: N818 - the name is the fact
    """The type-setting process failed or took too long; nothing was printed."""


class PdfSetter:
    """Sets papers in a process of its own; ``folder`` holds them until they are printed."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder
        self._process: Process | None = None
        self._papers = 0
        self._turn = asyncio.Lock()

    def path_of(self, job_id: str) -> Path:
        """Where the PDF of a job lies."""
        return self.folder / f"{job_id}.pdf"

    async def set(self, html: str, *, job_id: str) -> Path:
        """The path of the whole PDF; raises PaperNotSet."""
        html_path, pdf_path = self.folder / f"{job_id}.html", self.path_of(job_id)
        html_path.touch(mode=0o600)
        html_path.write_text(html, encoding="utf-8")
        try:
            done = await self._ask(Order(html_path=str(html_path), pdf_path=str(pdf_path)))
        finally:
            html_path.unlink(missing_ok=True)
        if done.problem is not None:
            raise PaperNotSet(done.problem)
        return pdf_path

    def forget(self, job_id: str) -> None:
        """Delete the PDF: it holds personal data, and its job has ended."""
        self.path_of(job_id).unlink(missing_ok=True)

    def sweep(self, *, keep: frozenset[str]) -> None:
        """Delete what an earlier life left behind, but the papers of the jobs in ``keep``."""
        for left in self.folder.iterdir():
            if left.suffix in {".html", ".pdf", ".part"} and left.stem not in keep:
                left.unlink(missing_ok=True)

    @property
    def pid(self) -> int | None:
        """The process at work."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    def kill(self) -> None:
        """End the process at once, whatever it is doing."""
        if self._process is not None and self._process.returncode is None:
            _kill(self._process)

    async def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(LEAVE_SECONDS_MAX):
                await process.wait()
        except TimeoutError:
            _kill(process)
            await process.wait()

    async def _ask(self, order: Order) -> Done:
        async with self._turn:
            try:
                async with asyncio.timeout(SET_SECONDS_MAX):
                    return await self._exchange_again(order)
            except (OSError, TimeoutError, msgspec.DecodeError) as error:
                await self.close()
                raise PaperNotSet(type(error).__name__) from error
            except asyncio.CancelledError:
                await self.close()  # its answer would be taken for the next paper's
                raise

    async def _exchange_again(self, order: Order) -> Done:
        """One process may end for want of memory, or idle; a paper at which two end is not set."""
        try:
            return await self._exchange(order)
        except ConnectionError:
            await self.close()
            return await self._exchange(order)

    async def _exchange(self, order: Order) -> Done:
        if self._process is not None and self._papers >= PAPERS_PER_PROCESS_MAX:
            await self.close()
        if self._process is None:
            module = "edge_node.printing.listeners.pdf_worker"
            self._process = await asyncio.create_subprocess_exec(sys.executable, "-m", module, stdin=PIPE, stdout=PIPE)
            self._papers = 0
        self._papers += 1
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise ConnectionError("the process has no pipes")
        stdin.write(msgspec.json.encode(order) + b"\n")
        await stdin.drain()
        line = await stdout.readline()
        if not line.endswith(b"\n"):  # not an answer, nor its beginning: the pipe has ended
            raise ConnectionError("the type-setting process ended")
        return msgspec.json.decode(line, type=Done)


def _kill(process: Process) -> None:
    with suppress(ProcessLookupError):  # it has ended, and asyncio does not know yet
        process.kill()
