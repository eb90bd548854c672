"""What sessions keep: seals, keys replaced, greetings, links that came twice, notices, grants that ended, days told."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

SEAL_KEY_BYTES = 32


def upgrade() -> None:
    seal_keys = op.create_table(
        "seal_keys",
        sa.Column("only", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("only", name=op.f("pk_seal_keys")),
    )
    op.bulk_insert(seal_keys, [{"only": 1, "key": secrets.token_bytes(SEAL_KEY_BYTES)}])
    op.add_column("nodes", sa.Column("previous_key", sa.LargeBinary()))
    op.add_column("streams", sa.Column("greeted_oseq", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("streams", sa.Column("greeted_cursor", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("feed", sa.Column("code", sa.String(64)))
    _create_tables()
    op.create_index("ix_grants_scope_document_id", "grants", ["scope", "document_id"])
    op.create_index(
        "ix_operations_received_at",
        "operations",
        ["received_at"],
        sqlite_where=sa.text("body is not null"),
        postgresql_where=sa.text("body is not null"),
    )
    op.execute("update nodes set cut_off_oseq = 0 where retired_at is not null")
    # a gap that no node gets is kept by its last number: a lease that a restored hub forgot lies inside it
    op.execute("update number_leases set first = last where node_id = ''")


def _create_tables() -> None:
    op.create_table(
        "repeated_links",
        sa.Column("node_id", sa.String(26), nullable=False),
        sa.Column("incarnation", sa.String(26), nullable=False),
        sa.Column("oseq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("node_id", "incarnation", "oseq", name=op.f("pk_repeated_links")),
    )
    op.create_table(
        "ended_grants",
        sa.Column("document_id", sa.String(64), nullable=False),
        sa.Column("scope", sa.String(32), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("document_id", "scope", name=op.f("pk_ended_grants")),
    )
    op.create_table(
        "feed_days",
        sa.Column("day", sa.Date(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_feed_days")),
    )
