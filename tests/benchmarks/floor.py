"""The floor of replication: rows carried as msgpack and zstd in batches of 500, kept by SQLite WAL FULL at both ends.

Nothing is signed, checked, merged or shown; plain HTTP. The client is a process: ``python -m tests.benchmarks.floor``.
"""

import resource
import sys
from pathlib import Path
from time import perf_counter

import httpx
import msgspec
import zstandard
from litestar import Request, Response, get, post

from tests.benchmarks.measure import PlainDatabase, own_cpu_seconds

BATCH = 500
ROWS = "create table if not exists rows (seq integer primary key autoincrement, id text not null unique, body blob)"
KEEP = "insert or replace into rows (id, body) values (?, ?)"
OUTBOX = "create table if not exists outbox (id text primary key, body blob, is_sent integer)"
CURSOR = "create table if not exists heard (cursor integer)"
UNSENT = "select id, body from outbox where is_sent = 0 limit ?"
SENT = "update outbox set is_sent = 1 where id = ?"
TOLD = "select seq, id, body from rows where seq > ? order by seq limit ?"

Sent = list[tuple[str, bytes]]
Heard = list[tuple[int, str, bytes]]


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What the client's work cost it."""

    seconds: float
    cpu_seconds: float
    peak_mebibytes: float
    idle_milliseconds: float


def hub_of(folder: Path) -> list:
    """Handlers that keep a batch of rows durably before they answer, and tell what came after a cursor."""
    database = PlainDatabase(folder / "floor.db", [ROWS])

    @post("/push", status_code=200, request_max_body_size=None)
    async def push(request: Request) -> Response[bytes]:
        rows = msgspec.msgpack.decode(zstandard.decompress(await request.body()), type=Sent)
        database.write((KEEP, row) for row in rows)
        return Response(msgspec.msgpack.encode([row[0] for row in rows]), media_type="application/octet-stream")

    @get("/pull")
    async def pull(cursor: int) -> Response[bytes]:
        body = zstandard.compress(msgspec.msgpack.encode(database.rows(TOLD, (cursor, BATCH))), level=3)
        return Response(body, media_type="application/octet-stream")

    return [push, pull]


def fill_outbox(path: Path, records: Sent) -> None:
    """Let these records wait to be pushed."""
    database = PlainDatabase(path, [OUTBOX])
    database.write(("insert or replace into outbox values (?, ?, 0)", record) for record in records)
    database.close()


def push(client: httpx.Client, path: Path) -> None:
    """Push until nothing waits."""
    outbox = PlainDatabase(path, [OUTBOX])
    while rows := outbox.rows(UNSENT, (BATCH,)):
        body = zstandard.compress(msgspec.msgpack.encode(rows), level=3)
        kept = msgspec.msgpack.decode(client.post("/push", content=body).content, type=list[str])
        outbox.write((SENT, (row_id,)) for row_id in kept)
    outbox.close()


def pull(client: httpx.Client, path: Path) -> None:
    """Pull until nothing is left: rows and cursor in one transaction."""
    replica, cursor = PlainDatabase(path, [ROWS, CURSOR]), 0
    replica.write([("insert into heard values (0)", ())])
    while rows := _heard(client, cursor):
        cursor = rows[-1][0]
        replica.write([*((KEEP, row[1:]) for row in rows), ("update heard set cursor = ?", (cursor,))])
    replica.close()


def _heard(client: httpx.Client, cursor: int) -> Heard:
    answer = client.get("/pull", params={"cursor": cursor}).content
    return msgspec.msgpack.decode(zstandard.decompress(answer), type=Heard)


def main(what: str, path: str, address: str) -> None:
    spent, begun = own_cpu_seconds(), perf_counter()
    with httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
        {"push": push, "pull": pull}[what](client, Path(path))
        seconds, cpu = perf_counter() - begun, own_cpu_seconds() - spent
        begun = perf_counter()
        _heard(client, 2**40)
        idle = (perf_counter() - begun) * 1000
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    cost = Cost(seconds=seconds, cpu_seconds=cpu, peak_mebibytes=peak, idle_milliseconds=idle)
    sys.stdout.buffer.write(msgspec.json.encode(cost))


if __name__ == "__main__":
    main(*sys.argv[1:])
