"""When a message was handed to the gateway, and why the gateway did not take it."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("outgoing_messages", sa.Column("handed_at", sa.String(24)))
    op.add_column("outgoing_messages", sa.Column("trouble", sa.String(16)))
