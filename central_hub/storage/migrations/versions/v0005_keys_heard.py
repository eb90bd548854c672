"""When a node that replaced its key first spoke with it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("nodes", sa.Column("key_heard_at", sa.String(24)))
