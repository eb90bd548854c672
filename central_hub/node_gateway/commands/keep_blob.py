"""A blob that arrived whole: its row, after its file."""

from datetime import datetime

from central_hub.node_gateway import queries
from central_hub.storage.transaction import Transaction


def keep_blob(tx: Transaction, *, sha256: str, size: int, now: datetime) -> None:
    """Note that the file of this hash is here; noting it twice changes nothing."""
    queries.save_blob(tx, sha256=sha256, size=size, now=now)
