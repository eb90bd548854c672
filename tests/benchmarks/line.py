"""A line that counts what it carries, both ways, and notes when it was first used."""

import asyncio
from time import perf_counter, time

from tests.support.faulty_proxy import FaultyProxy

CHUNK_BYTES = 256 << 10


class CountingLine(FaultyProxy):
    """A whole line to a port of this machine: TCP payload as it is, so under TLS its records and handshakes too."""

    def __init__(self, *, port: int) -> None:
        self.byte_count = 0
        self.first_used_at: float | None = None
        self.used_since = 0.0  # the same by the machine's clock
        super().__init__(hub_port=port)

    def count_anew(self) -> None:
        """Forget what was carried."""
        self.byte_count, self.first_used_at = 0, None

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool) -> None:
        while chunk := await reader.read(CHUNK_BYTES):
            if self.first_used_at is None and not is_answer:
                self.first_used_at, self.used_since = perf_counter(), time()
            self.byte_count += len(chunk)
            writer.write(chunk)
            await writer.drain()
