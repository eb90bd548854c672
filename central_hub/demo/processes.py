"""The processes of the demonstration: started apart, watched, started again when one dies, stopped in order."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

STOP_SECONDS = 12  # a hub lets its long polls go after five
RESTART_SECONDS_FIRST = 1.0
RESTART_SECONDS_MAX = 30.0
LIVED_SECONDS = 60.0  # who lived that long starts at once again


class Child(msgspec.Struct, frozen=True, kw_only=True):
    """A process by name, its command line, and where it says what it does."""

    name: str
    command: tuple[str, ...]
    log: Path


def command_of(script: str, *arguments: str) -> tuple[str, ...]:
    """The command line of one of this package's commands, by the interpreter that runs now."""
    return (str(Path(sys.executable).with_name(script)), *arguments)


async def run_once(*command: str) -> str:
    """What a command printed; raises ChildFailed with its words when it fails."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        said, _ = await process.communicate()
    finally:
        if process.returncode is None:  # Ctrl-C while it worked
            process.kill()
    if process.returncode:
        raise ChildFailed(f"{' '.join(command[:3])} …: {said.decode(errors='replace').strip()}")
    return said.decode()


class ChildFailed(Exception):  # noqa: N818 - what happened
    """A command of the demonstration did not do its work."""


class Keeper:
    """Keeps one child alive until told to stop."""

    def __init__(self, child: Child, *, tell: Callable[[str], None]) -> None:
        self._child = child
        self._tell = tell
        self._process: asyncio.subprocess.Process | None = None
        self._is_stopping = False
        self._task: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        return self._child.name

    @property
    def pid(self) -> int | None:
        """Of the process that runs now."""
        return None if self._process is None else self._process.pid

    async def start(self) -> None:
        """Start the child, and watch it."""
        self._process = await self._spawn()
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Ask it to end, and after ``STOP_SECONDS`` make it."""
        self._is_stopping = True
        if self._task is None or self._process is None:
            return
        self._signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await asyncio.shield(self._task)
        except TimeoutError:
            self._signal(signal.SIGKILL)
            await self._task

    def _may_go_on(self) -> bool:
        return not self._is_stopping

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)

    async def _spawn(self) -> asyncio.subprocess.Process:
        self._child.log.parent.mkdir(parents=True, exist_ok=True)
        with self._child.log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *self._child.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is ours: they are stopped in order
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )

    async def _watch(self) -> None:
        pause, loop = RESTART_SECONDS_FIRST, asyncio.get_running_loop()
        while self._process is not None:
            began = loop.time()
            status = await self._process.wait()
            if not self._may_go_on():
                return
            if loop.time() - began > LIVED_SECONDS:
                pause = RESTART_SECONDS_FIRST
            self._tell(f"{self._child.name}: exit {status}; {self._child.log}; ↻ {pause:.0f} s")
            await asyncio.sleep(pause)
            pause = min(pause * 2, RESTART_SECONDS_MAX)
            if not self._may_go_on():
                return
            self._process = await self._spawn()
