"""How a member of staff stood before a change."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("staff", sa.Column("earlier", sa.Text()))
