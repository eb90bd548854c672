"""The code of a node that nobody knows yet, for whoever stands before the machine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import msgspec
import pytest

from device_drivers.client import DevicesClient
from sync.replication import asking, pairing
from sync.replication.asking import Kept
from sync.replication.pairing import PairingRequest
from tests.support.case_office import CaseOffice
from tests.support.device_app import device_app

pytestmark = pytest.mark.anyio

NONCE = b"n" * 32
GOING = Kept(
    hub="https://hub.example:8743",
    authority="",
    request=PairingRequest(
        node_id="01NODEOFTHESHVOFFICE000000",
        incarnation="01INCARNATION",
        public_key=b"k" * 32,
        office_id="SHV",
        commitment=pairing.commitment(NONCE),
    ),
    node_nonce=NONCE,
    hub_nonce=b"h" * 32,
)
PAGE = "/technician/pairing"


@asynccontextmanager
async def somebody(office: CaseOffice, folder: Path, *, host: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser at this address; nobody is signed in."""
    app = device_app(office, devices=DevicesClient(folder / "none.sock"), folder=folder)
    transport = httpx.ASGITransport(app=cast("Any", app), client=(host, 50_000))
    async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://shv.test") as client:
        client.headers["accept"] = "text/html"
        yield client


async def test_the_machine_itself_shows_the_code_to_nobody_signed_in(case_office: CaseOffice, tmp_path: Path) -> None:
    async with somebody(case_office, tmp_path, host="127.0.0.1") as client:
        before = await client.get(PAGE)
        (tmp_path / asking.FILE_NAME).write_bytes(msgspec.json.encode(GOING))
        shown = [await client.get(path) for path in (PAGE, "/live/technician/pairing")]
    assert before.status_code == 200
    assert "edge-node pair" in before.text
    for answer in shown:
        assert pairing.shown(GOING.code) in answer.text
        assert "https://hub.example:8743" in answer.text


@pytest.mark.parametrize(
    ("host", "headers"), [("192.0.2.7", {}), ("127.0.0.1", {"x-forwarded-for": "192.0.2.7"})], ids=["hall", "proxy"]
)
async def test_nobody_sees_it_over_the_network(
    case_office: CaseOffice, tmp_path: Path, host: str, headers: dict[str, str]
) -> None:
    (tmp_path / asking.FILE_NAME).write_bytes(msgspec.json.encode(GOING))
    async with somebody(case_office, tmp_path, host=host) as client:
        for path in (PAGE, "/live/technician/pairing"):
            answer = await client.get(path, headers=headers)
            assert answer.status_code == 403
            assert pairing.shown(GOING.code) not in answer.text
