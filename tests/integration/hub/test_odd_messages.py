"""Messages that no node of ours sends, signed with a node's key: refused at the door, on either database."""

from datetime import UTC, datetime

import msgspec
import pytest
import zstandard
from litestar.testing import TestClient

from sync.replication import messages
from sync.replication.messages import ErasureDone, HealRequest, NumberLease
from tests.support.hub_node import HubNode

INVALID = 422
LARGE = 2**63


@pytest.mark.parametrize(
    "header",
    [
        {"generation": -1},
        {"generation": 2**31},
        {"generation": LARGE},
        {"kind": "x" * 33},
        {"kind": "a\0b"},
        {"kind": "<script>alert(1)</script>"},
        {"rebase_of": "X" * 27},
        {"rebase_of": "a\0"},
        {"made_at": datetime(2026, 1, 1)},  # noqa: DTZ001 - what is asked
        {"made_at": datetime(1, 1, 1, tzinfo=UTC)},
        {"operation_id": "<script>"},
        {"document_id": "a/b"},
        {"client_id": 2**53},
    ],
    ids=str,
)
def test_an_odd_header_of_an_operation(shv: HubNode, header: dict[str, object]) -> None:
    shv.case()
    shv.chain[-1] = msgspec.structs.replace(shv.chain[-1], **header)
    assert shv.send("POST", "/sync/push", messages.encode(shv.push_request())).status_code == INVALID


@pytest.mark.parametrize(
    "said",
    [
        {"oseq": LARGE},
        {"oseq": -1},
        {"cursor": LARGE},
        {"acknowledged_oseq": LARGE},
        {"incarnation": "X" * 27},
        {"incarnation": "ABCDEFGH\0"},
        {"incarnation": "ABCDEFGH\nSHV"},
        {"leases": (NumberLease(year=LARGE, first=1, last=2),)},
        {"leases": (NumberLease(year=2026, first=1, last=2**31),)},
    ],
    ids=str,
)
def test_an_odd_greeting(shv: HubNode, said: dict[str, object]) -> None:
    shv.nonce = "N" * 26
    greeting = msgspec.structs.replace(shv.greeting({2026: 2000}), **said)
    assert shv.send("POST", "/sync/hello", messages.encode(greeting)).status_code == INVALID


@pytest.mark.parametrize("document_id", ["x" * 65, "a\0b", "<script>alert(1)</script>", "Коваленко", ""])
def test_an_odd_document_to_heal_or_erased(shv: HubNode, document_id: str) -> None:
    asked = messages.encode(HealRequest(document_id=document_id, snapshot=b""))
    assert shv.send("POST", "/sync/heal", asked).status_code == INVALID
    done = messages.encode(ErasureDone(generations={document_id: 1}))
    assert shv.send("POST", "/sync/erasures", done).status_code == INVALID


@pytest.mark.parametrize("generation", [-1, LARGE])
def test_an_odd_generation_erased(shv: HubNode, generation: int) -> None:
    done = messages.encode(ErasureDone(generations={"A": generation}))
    assert shv.send("POST", "/sync/erasures", done).status_code == INVALID


@pytest.mark.parametrize("depth", [1_000, 8_000_000])
def test_a_message_nested_without_end_by_nobody(client: TestClient, depth: int) -> None:
    nested = b"\x81\xa1z" + b"\x91" * depth + b"\xc0"
    assert client.post("/sync/enrol", content=zstandard.compress(nested)).status_code == INVALID


@pytest.mark.parametrize("target", ["/sync/hello", "/sync/documents", "/sync/live", "/sync/key", "/sync/erasures"])
def test_a_small_message_that_unfolds_to_a_large_one(shv: HubNode, target: str) -> None:
    bomb = zstandard.compress(msgspec.msgpack.encode({"x": b"\0" * (8 << 20)}))
    method = "PUT" if target == "/sync/live" else "POST"
    assert shv.send(method, target, bomb).status_code == INVALID
