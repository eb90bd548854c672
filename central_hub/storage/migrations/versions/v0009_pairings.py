"""Machines that ask to be let in by a code."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "pairings",
        sa.Column("pairing_id", sa.String(64), nullable=False),
        sa.Column("office_id", sa.String(3), nullable=False),
        sa.Column("node_id", sa.String(26), nullable=False),
        sa.Column("incarnation", sa.String(26), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("hub_nonce", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("asked_at", sa.String(24), nullable=False),
        sa.Column("expires_at", sa.String(24), nullable=False),
        sa.Column("slips", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("typed", sa.String(8)),
        sa.Column("seal_key", sa.LargeBinary()),
        sa.Column("decided_at", sa.String(24)),
        sa.PrimaryKeyConstraint("pairing_id", name=op.f("pk_pairings")),
    )
