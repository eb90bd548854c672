"""Blobs that arrived whole, and blobs that rotted: their rows, after their files."""

from datetime import datetime

from central_hub.node_gateway import queries
from central_hub.storage import replica
from central_hub.storage.transaction import Transaction


def keep_blob(tx: Transaction, *, sha256: str, size: int, now: datetime) -> None:
    """Note that the file of this hash is here; noting it twice changes nothing."""
    queries.save_blob(tx, sha256=sha256, size=size, now=now)


def lose_blob(tx: Transaction, *, sha256: str, now: datetime) -> None:
    """The file of this hash is here no more: it rotted. It is a person's to ask the offices for it."""
    replica.raise_alarm(tx, kind="blob-rotten", subject=sha256, office_id=None, now=now)
