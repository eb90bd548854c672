"""A line between an office and the hub that can do to its connections what lines do: TCP both ways, on a thread.

What is carried is not looked at, so it works under TLS as well. Faults are drawn from the seed.
"""

import asyncio
import threading
from random import Random

import msgspec

CHUNK_BYTES = 16 << 10
READY_SECONDS_MAX = 10
GREETING_BYTES = 400  # of the node, before it asks anything
HANDSHAKE_BYTES = 900  # of the hub's, before it has heard a request: a certificate and no answer


class Faults(msgspec.Struct, frozen=True, kw_only=True):
    """What the line does; by default nothing.

    ``lost``: the part of connections that are refused, and of chunks of requests and answers at which one breaks.
    ``answers_lost``: the part of answers that vanish with their connection, after the hub has acted.
    ``latency_seconds`` each way. ``trickle_bytes``: so many at once and a hundredth of a second between.
    ``torn_after_bytes``: a connection breaks when the node has sent so many.
    """

    is_cut: bool = False
    lost: float = 0.0
    answers_lost: float = 0.0
    latency_seconds: float = 0.0
    trickle_bytes: int | None = None
    torn_after_bytes: int | None = None


WHOLE = Faults()


class _Broken(Exception):  # noqa: N818 - a state of the line
    """The connection ends here."""


class FaultyProxy:
    """Listens on a port of its own and passes to ``hub_port``; ``set`` changes its faults at once."""

    def __init__(self, *, hub_port: int, seed: int = 1) -> None:
        self._hub_port = hub_port
        self._random = Random(seed)
        self._faults = WHOLE
        self._open: set[asyncio.StreamWriter] = set()
        self._passing: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self.port = 0
        self.broken = 0  # connections that a fault has ended
        self._thread = threading.Thread(target=self._run, name="faulty-proxy", daemon=True)
        self._thread.start()
        assert self._ready.wait(READY_SECONDS_MAX)

    @property
    def address(self) -> str:
        """Where the hub seems to be."""
        return f"https://127.0.0.1:{self.port}"

    def set(self, faults: Faults) -> None:
        """From now on the line has these faults; a cut breaks what is open."""
        asyncio.run_coroutine_threadsafe(self._set(faults), self._loop).result()

    def close(self) -> None:
        """Cut it for good."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._server = self._loop.run_until_complete(asyncio.start_server(self._pass, host="127.0.0.1", port=0))
        self.port = self._server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()

    async def _set(self, faults: Faults) -> None:
        self._faults = faults
        if faults.is_cut:
            self._break_all()

    async def _end(self) -> None:
        self._server.close()
        self._break_all()
        await asyncio.gather(*self._passing, return_exceptions=True)

    def _break_all(self) -> None:
        for writer in tuple(self._open):
            writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._passing.add(task)
        task.add_done_callback(self._passing.discard)
        self._open.add(writer)
        try:
            self._check(self._faults.lost)
            if not self._faults.is_cut:
                await self._join(reader, writer)
            writer.close()
        except (OSError, _Broken):
            writer.transport.abort()
        self._open.discard(writer)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hub_reader, hub_writer = await asyncio.open_connection("127.0.0.1", self._hub_port)
        self._open.add(hub_writer)
        ways = [
            asyncio.ensure_future(self._pump(reader, hub_writer, is_answer=False)),
            asyncio.ensure_future(self._pump(hub_reader, writer, is_answer=True)),
        ]
        try:
            ended, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ended:
                way.result()  # raises what ended it
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self._open.discard(hub_writer)
            hub_writer.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool) -> None:
        passed = 0
        while chunk := await reader.read(self._faults.trickle_bytes or CHUNK_BYTES):
            faults = self._faults
            if faults.latency_seconds:
                await asyncio.sleep(faults.latency_seconds)
            if faults.trickle_bytes:
                await asyncio.sleep(0.01)  # the rate of the line
            is_greeted = passed >= (HANDSHAKE_BYTES if is_answer else GREETING_BYTES)
            self._check(faults.lost if is_greeted else 0.0)
            if is_answer:
                self._check(faults.answers_lost if is_greeted else 0.0)
            elif faults.torn_after_bytes is not None and passed + len(chunk) >= faults.torn_after_bytes:
                writer.write(chunk[: faults.torn_after_bytes - passed])
                await writer.drain()
                self._check(1.0)
            passed += len(chunk)
            writer.write(chunk)
            await writer.drain()

    def _check(self, part: float) -> None:
        if part and self._random.random() < part:
            self.broken += 1
            raise _Broken
