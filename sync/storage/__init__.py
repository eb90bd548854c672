"""What a replica keeps on disk: one writer, one transaction per command, events after commit."""

from sync.storage.store import Store
from sync.storage.transaction import Reader, Transaction

__all__ = ["Reader", "Store", "Transaction"]
