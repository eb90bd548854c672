"""Figures of the halls by office, day, hour and sphere."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

COUNTS = (
    "issued",
    "called",
    "wait_seconds",
    "in_target",
    "past_limit",
    "came",
    "walk_seconds",
    "receptions",
    "service_seconds",
    "long_receptions",
    "served",
    "no_show",
    "left",
)


def upgrade() -> None:
    op.create_table(
        "hall_days",
        sa.Column("office_id", sa.String(3), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("heard_at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("office_id", "day", name=op.f("pk_hall_days")),
    )
    op.create_table(
        "hall_hours",
        sa.Column("office_id", sa.String(3), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("sphere", sa.String(32), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in COUNTS),
        sa.PrimaryKeyConstraint("office_id", "day", "hour", "sphere", name=op.f("pk_hall_hours")),
    )
