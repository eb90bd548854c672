"""Machines that ask to be let in by a code."""

from sqlalchemy import Column, Integer, LargeBinary, String, Table

from central_hub.storage.columns import Moment
from central_hub.storage.tables import metadata

# whoever reaches the hub may fill it, up to a cap: rows go when they have expired
pairings = Table(
    "pairings",
    metadata,
    Column("pairing_id", String(64), primary_key=True),  # a hash of what was asked
    Column("office_id", String(3), nullable=False),
    Column("node_id", String(26), nullable=False),
    Column("incarnation", String(26), nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("commitment", LargeBinary, nullable=False),
    Column("hub_nonce", LargeBinary, nullable=False),
    Column("address", String(64), nullable=False),  # of the network it asks from
    Column("asked_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("slips", Integer, nullable=False, server_default="0"),  # what was typed and is no code at all
    Column("state", String(16), nullable=False),
    Column("typed", String(8)),  # until the machine has opened its nonce
    Column("seal_key", LargeBinary),
    Column("decided_at", Moment),
)
