"""What keeps pages and merging quick with years of cases: sums of each office, and indices over what is looked for."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    sums = ("cases", "issued", "archived", "receipts", "paid_kopecks", "in_conflict")
    op.create_table(
        "case_totals",
        sa.Column("office_id", sa.String(3), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in sums),
        sa.PrimaryKeyConstraint("office_id", name=op.f("pk_case_totals")),
    )
    op.execute(
        "insert into case_totals select home_office_id, count(*), count(issued_at), count(archived_at), "
        "sum(receipt_count), sum(paid_kopecks), count(case when conflict_count > 0 then 1 end) "
        "from cases group by home_office_id"
    )
    op.drop_index("ix_cases_home_office_registered", "cases")
    op.create_index("ix_cases_home_office_number", "cases", ["home_office_id", "number"])
    of_conflicts = sa.text("conflict_count > 0")
    op.create_index(
        "ix_cases_in_conflict", "cases", ["registered_at"], sqlite_where=of_conflicts, postgresql_where=of_conflicts
    )
    op.create_index("ix_operations_document_id", "operations", ["document_id"])
    op.create_index("ix_blob_references_document_id", "blob_references", ["document_id"])
    op.create_index("ix_blocks_document_id", "blocks", ["document_id"])
    op.create_index("ix_number_leases_node_id", "number_leases", ["node_id"])
