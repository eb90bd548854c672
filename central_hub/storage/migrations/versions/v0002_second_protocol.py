"""What the second protocol keeps: states of operations, generations, digests, erasures, blocks, alarms, cut-offs."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _widen_hub_and_nodes()
    _widen_documents_and_operations()
    _create_blocks_and_alarms()
    _create_erasures()


def _widen_hub_and_nodes() -> None:
    with op.batch_alter_table("hub_state") as table:
        table.add_column(sa.Column("horizon", sa.BigInteger(), nullable=False, server_default="0"))
        table.add_column(sa.Column("backed_up_at", sa.String(24)))
    with op.batch_alter_table("nodes") as table:
        table.add_column(sa.Column("cut_off_oseq", sa.BigInteger()))
        table.add_column(sa.Column("cut_off_incarnation", sa.String(26)))
        table.add_column(sa.Column("forked_at", sa.String(24)))
    with op.batch_alter_table("streams") as table:
        table.add_column(sa.Column("begun_at", sa.String(24)))
        table.add_column(sa.Column("ended_at", sa.String(24)))


def _widen_documents_and_operations() -> None:
    with op.batch_alter_table("documents") as table:
        table.add_column(sa.Column("generation", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("digest", sa.LargeBinary()))
    with op.batch_alter_table("operations") as table:
        table.alter_column("body", existing_type=sa.LargeBinary(), nullable=True)
        table.add_column(sa.Column("state", sa.String(16), nullable=False, server_default="merged"))
        table.add_column(sa.Column("arrival", sa.BigInteger()))
        table.add_column(sa.Column("generation", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("rebase_of", sa.String(26)))
        table.create_index("ix_operations_state_arrival", ["state", "arrival"])
    op.execute("update operations set state = 'quarantined' where quarantine_code is not null")


def _create_blocks_and_alarms() -> None:
    op.create_table(
        "blocks",
        sa.Column("node_id", sa.String(26), nullable=False),
        sa.Column("document_id", sa.String(64), nullable=False),
        sa.Column("operation_id", sa.String(26), nullable=False),
        sa.PrimaryKeyConstraint("node_id", "document_id", name=op.f("pk_blocks")),
    )
    op.create_table(
        "alarms",
        sa.Column("alarm_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("office_id", sa.String(3)),
        sa.Column("seen_at", sa.String(24)),
        sa.PrimaryKeyConstraint("alarm_id", name=op.f("pk_alarms")),
    )


def _create_erasures() -> None:
    op.create_table(
        "erasures",
        sa.Column("document_id", sa.String(64), nullable=False),
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ordered_at", sa.String(24), nullable=False),
        sa.Column("ordered_by", sa.String(64), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("document_id", "generation", name=op.f("pk_erasures")),
    )
    op.create_table(
        "erasure_confirmations",
        sa.Column("document_id", sa.String(64), nullable=False),
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("node_id", sa.String(26), nullable=False),
        sa.Column("office_id", sa.String(3), nullable=False),
        sa.Column("confirmed_at", sa.String(24)),
        sa.PrimaryKeyConstraint("document_id", "generation", "node_id", name=op.f("pk_erasure_confirmations")),
    )
