"""The line between an office and the hub: a TCP relay that can be cut, so that connections really break."""

import asyncio
from contextlib import suppress
from typing import Literal

import msgspec

CHUNK_BYTES = 64 << 10
LineState = Literal["cut", "mended"]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """The state of an office's line."""

    office_id: str
    state: LineState


class Relay:
    """Passes bytes from ``port`` to the hub and back while the line is whole."""

    def __init__(self, *, port: int, hub_port: int) -> None:
        self._port = port
        self._hub_port = hub_port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._passing: set[asyncio.Task[None]] = set()

    @property
    def state(self) -> LineState:
        return "cut" if self._server is None else "mended"

    async def mend(self) -> None:
        """Let connections through; mending a whole line changes nothing."""
        if self._server is None:
            self._server = await asyncio.start_server(self._pass, host="127.0.0.1", port=self._port)

    def cut(self) -> None:
        """Break every connection and take no new one."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def close(self) -> None:
        """Cut the line for good, and wait until every connection has ended."""
        self.cut()
        await asyncio.gather(*self._passing, return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (task := asyncio.current_task()) is not None:
            self._passing.add(task)
            task.add_done_callback(self._passing.discard)
        try:
            hub_reader, hub_writer = await asyncio.open_connection("127.0.0.1", self._hub_port)
        except OSError:
            writer.transport.abort()  # the hub is down: to the node it is the same as a cut line
            return
        both = {writer, hub_writer}
        self._writers |= both
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_pump(reader, hub_writer))
                group.create_task(_pump(hub_reader, writer))
        finally:
            self._writers -= both
            for each in both:
                each.close()
                with suppress(OSError):
                    await each.wait_closed()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
    writer.close()
