"""The floors that need a process: a bare handler, and a hub that only keeps rows."""

import sys
from pathlib import Path

import msgspec
import uvicorn
import zstandard
from litestar import Litestar, Request, Response, get, post

from tests.benchmarks.measure import PlainDatabase

ROWS = "create table if not exists rows (id text primary key, kind text not null, body blob not null)"
KEEP = "insert into rows values (?, ?, ?)"


class Asked(msgspec.Struct):
    sphere: str
    purpose: str


class Given(msgspec.Struct):
    sphere: str
    number: str


@get("/health/ready", sync_to_thread=False)
def ready() -> dict[str, str]:
    return {"status": "ok"}


@post("/api/tickets")
async def ticket(data: Asked) -> Given:
    return Given(sphere=data.sphere, number="А001")


def hub_of(folder: Path) -> list:
    """A handler that keeps a batch of rows durably before it answers."""
    database = PlainDatabase(folder / "floor.db", [ROWS])

    @post("/push", status_code=200, request_max_body_size=None)
    async def push(request: Request) -> Response[bytes]:
        rows = msgspec.msgpack.decode(zstandard.decompress(await request.body()), type=list[tuple[str, str, bytes]])
        database.write((KEEP, row) for row in rows)
        return Response(msgspec.msgpack.encode([row[0] for row in rows]), media_type="application/octet-stream")

    return [push]


def main(port: str, folder: str) -> None:
    app = Litestar([ready, ticket, *hub_of(Path(folder))], openapi_config=None)
    uvicorn.run(app, port=int(port), log_level="warning", access_log=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
