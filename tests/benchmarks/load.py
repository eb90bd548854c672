"""Many callers over keep-alive connections, with as little work of their own as HTTP allows."""

import asyncio
from collections.abc import Iterator
from urllib.parse import urlsplit


class Callers:
    """``count`` connections to ``address`` that each ask again as soon as they are answered."""

    def __init__(self, address: str, *, count: int) -> None:
        self._address = urlsplit(address)
        self._count = count

    async def post_all(self, path: str, bodies: Iterator[tuple[str, bytes]]) -> list[tuple[int, bytes]]:
        """The answers to all of ``bodies``, each sent once under its key."""
        answers: list[tuple[int, bytes]] = []
        async with asyncio.TaskGroup() as group:
            for _ in range(self._count):
                group.create_task(self._call(path, bodies, answers))
        return answers

    async def _call(self, path: str, bodies: Iterator[tuple[str, bytes]], answers: list[tuple[int, bytes]]) -> None:
        reader, writer = await asyncio.open_connection(self._address.hostname, self._address.port)
        for key, body in bodies:
            writer.write(
                f"POST {path} HTTP/1.1\r\nHost: {self._address.netloc}\r\nAccept: application/json\r\n"
                f"Content-Type: application/json\r\nIdempotency-Key: {key}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
            answers.append(await _answer(reader))
        writer.close()
        await writer.wait_closed()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return status, await reader.readexactly(int(line[15:]))
    raise LookupError(head.decode())
