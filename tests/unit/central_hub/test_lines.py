"""A line that is cut really breaks."""

import asyncio
from contextlib import suppress

from central_hub.demo.lines import Relay


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(100):
        writer.write(chunk)
        await writer.drain()
    writer.close()
    await writer.wait_closed()


def test_a_cut_line_drops_connections_and_takes_none_until_it_is_mended() -> None:
    async def story() -> list[str]:
        said: list[str] = []
        hub = await asyncio.start_server(echo, host="127.0.0.1", port=0)
        hub_port = hub.sockets[0].getsockname()[1]
        spare = await asyncio.start_server(echo, host="127.0.0.1", port=0)
        port = spare.sockets[0].getsockname()[1]
        spare.close()
        await spare.wait_closed()
        relay = Relay(port=port, hub_port=hub_port)
        await relay.mend()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"hello")
        said.append((await reader.read(5)).decode())
        relay.cut()
        try:
            said.append((await reader.read(5)).decode() or "ended")
        except ConnectionError:
            said.append("ended")
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        try:
            await asyncio.open_connection("127.0.0.1", port)
        except ConnectionError:
            said.append("refused")
        await relay.mend()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"again")
        said.append((await reader.read(5)).decode())
        writer.close()
        await writer.wait_closed()
        await relay.close()
        hub.close()
        await hub.wait_closed()
        return said

    assert asyncio.run(story()) == ["hello", "ended", "refused", "again"]
