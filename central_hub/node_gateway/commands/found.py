"""What a node holds of a case and the hub never took: kept aside until a person lets it count.

A hub and the office that made a case may both come back from backups that do not know it. Another office that reads the
case is the last to hold it then; but nobody's signature stands under its copy, so it counts for nothing by itself.
"""

import base64
import hashlib
from collections.abc import Collection
from datetime import datetime

from central_hub.node_gateway.model import Speaker
from central_hub.storage import ingest, replica
from central_hub.storage.ingest import Settled
from central_hub.storage.transaction import Transaction
from sync.documents.document import view

FOUND = "found"  # the code it is set apart with, and its stream: no incarnation has so short a name
_OPERATION_ID_LETTERS = 26


def keep_found(
    tx: Transaction, *, speaker: Speaker, document_id: str, snapshot: bytes, lacking: Collection[int], now: datetime
) -> bool:
    """Set the node's copy apart, in place of an earlier one; whether a person is to decide about it.

    ``lacking`` are the clients in it of which the hub never heard. A copy that was discarded is not kept again.
    """
    fields = view(snapshot).fields
    if not lacking or not all(isinstance(fields.get(name), str) for name in ("number", "home_office_id")):
        return False
    operation_id = _operation_id(speaker, document_id, lacking)
    known = ingest.known(tx, operation_ids=[operation_id]).get(operation_id)
    if known is not None:
        return known.state == ingest.QUARANTINED
    earlier = ingest.dependents(tx, node_id=speaker.node_id, document_id=document_id, code=FOUND)
    ingest.settle(
        tx,
        [
            Settled(operation_id=each.operation_id, state=ingest.DISCARDED, quarantine_code=each.quarantine_code)
            for each in earlier
        ],
    )
    arrival = replica.reserve(tx, count=1)
    row: dict[str, object] = {
        "operation_id": operation_id,
        "document_id": document_id,
        "kind": "case",
        "node_id": speaker.node_id,
        "incarnation": FOUND,
        "oseq": arrival,
        "client_id": min(lacking),
        "made_at": now,
        "received_at": now,
        "body": snapshot,
        "quarantine_code": FOUND,
        "state": ingest.QUARANTINED,
        "arrival": arrival,
        "generation": 0,
    }
    ingest.append(tx, [row])
    return True


def _operation_id(speaker: Speaker, document_id: str, lacking: Collection[int]) -> str:
    """The same for the same finding: the bytes of equal copies may differ."""
    told = f"vikno-found\n{speaker.node_id}\n{document_id}\n{sorted(lacking)}"
    return base64.b32encode(hashlib.sha256(told.encode()).digest()).decode()[:_OPERATION_ID_LETTERS]
