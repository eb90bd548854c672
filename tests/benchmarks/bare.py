"""The floors that need a process: a bare handler, and the hub of the floor."""

import sys
from pathlib import Path

import msgspec
import uvicorn
from litestar import Litestar, get, post

from tests.benchmarks.floor import hub_of


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


def main(port: str, folder: str) -> None:
    app = Litestar([ready, ticket, *hub_of(Path(folder))], openapi_config=None)
    uvicorn.run(app, port=int(port), log_level="warning", access_log=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
