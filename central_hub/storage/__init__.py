"""What the hub keeps: tables, engines for SQLite and PostgreSQL, migrations, and the replica that slices write."""

from central_hub.storage.store import HubStore
from central_hub.storage.transaction import Reader, Transaction

__all__ = ["HubStore", "Reader", "Transaction"]
