"""The hub's first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _create_access_log()
    _create_blob_references()
    _create_blobs()
    _create_cases()
    _create_documents()
    _create_enrolment_tokens()
    _create_feed()
    _create_grants()
    _create_hub_state()
    _create_nodes()
    _create_number_leases()
    _create_offices()
    _create_operations()
    _create_services()
    _create_staff()
    _create_streams()


def _create_access_log() -> None:
    op.create_table(
        "access_log",
        sa.Column("entry_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("office_id", sa.String(length=3), nullable=True),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("entry_number", name=op.f("pk_access_log")),
    )
    with op.batch_alter_table("access_log", schema=None) as batch_op:
        batch_op.create_index("ix_access_log_subject", ["subject"], unique=False)


def _create_blob_references() -> None:
    op.create_table(
        "blob_references",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("document_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("sha256", "document_id", name=op.f("pk_blob_references")),
    )


def _create_blobs() -> None:
    op.create_table(
        "blobs",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("stored_at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_blobs")),
    )


def _create_cases() -> None:
    op.create_table(
        "cases",
        sa.Column("case_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("service_code", sa.Text(), nullable=True),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("home_office_id", sa.String(length=3), nullable=False),
        sa.Column("accepting_office_id", sa.String(length=3), nullable=True),
        sa.Column("pickup_office_id", sa.String(length=3), nullable=True),
        sa.Column("applicant", sa.Text(), nullable=False),
        sa.Column("tracking_hash", sa.Text(), nullable=True),
        sa.Column("fee_kopecks", sa.BigInteger(), nullable=False),
        sa.Column("paid_kopecks", sa.BigInteger(), nullable=False),
        sa.Column("receipt_count", sa.Integer(), nullable=False),
        sa.Column("conflict_count", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("registered_at", sa.String(24), nullable=True),
        sa.Column("decided_at", sa.String(24), nullable=True),
        sa.Column("issued_at", sa.String(24), nullable=True),
        sa.Column("closed_at", sa.String(24), nullable=True),
        sa.Column("archived_at", sa.String(24), nullable=True),
        sa.Column("changed_at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_cases")),
        sa.UniqueConstraint("number", name=op.f("uq_cases_number")),
    )
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.create_index("ix_cases_home_office_registered", ["home_office_id", "registered_at"], unique=False)
        batch_op.create_index("ix_cases_issued", ["issued_at"], unique=False)
        batch_op.create_index("ix_cases_registered", ["registered_at"], unique=False)


def _create_documents() -> None:
    op.create_table(
        "documents",
        sa.Column("document_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("snapshot", sa.LargeBinary(), nullable=False),
        sa.Column("waiting", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_documents")),
    )


def _create_enrolment_tokens() -> None:
    op.create_table(
        "enrolment_tokens",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("office_id", sa.String(length=3), nullable=False),
        sa.Column("made_at", sa.String(24), nullable=False),
        sa.Column("expires_at", sa.String(24), nullable=False),
        sa.Column("used_at", sa.String(24), nullable=True),
        sa.Column("node_id", sa.String(length=26), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_enrolment_tokens")),
    )


def _create_feed() -> None:
    op.create_table(
        "feed",
        sa.Column("scope", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("document_id", sa.String(length=64), nullable=False),
        sa.Column("operation_id", sa.String(length=26), nullable=True),
        sa.Column("origin", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("scope", "seq", name=op.f("pk_feed")),
    )


def _create_grants() -> None:
    op.create_table(
        "grants",
        sa.Column("document_id", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=32), nullable=False),
        sa.Column("granted_at", sa.String(24), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("document_id", "scope", name=op.f("pk_grants")),
    )


def _create_hub_state() -> None:
    op.create_table(
        "hub_state",
        sa.Column("only", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("incarnation", sa.String(length=26), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("only", name=op.f("pk_hub_state")),
    )


def _create_nodes() -> None:
    op.create_table(
        "nodes",
        sa.Column("node_id", sa.String(length=26), nullable=False),
        sa.Column("office_id", sa.String(length=3), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("enrolled_at", sa.String(24), nullable=False),
        sa.Column("seen_at", sa.String(24), nullable=True),
        sa.Column("retired_at", sa.String(24), nullable=True),
        sa.PrimaryKeyConstraint("node_id", name=op.f("pk_nodes")),
    )
    with op.batch_alter_table("nodes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_nodes_office_id"), ["office_id"], unique=False)


def _create_number_leases() -> None:
    op.create_table(
        "number_leases",
        sa.Column("office_id", sa.String(length=3), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("node_id", sa.String(length=26), nullable=False),
        sa.Column("incarnation", sa.String(length=26), nullable=False),
        sa.Column("leased_at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("office_id", "year", "first", name=op.f("pk_number_leases")),
    )


def _create_offices() -> None:
    op.create_table(
        "offices",
        sa.Column("office_id", sa.String(length=3), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("office_id", name=op.f("pk_offices")),
    )


def _create_operations() -> None:
    op.create_table(
        "operations",
        sa.Column("operation_id", sa.String(length=26), nullable=False),
        sa.Column("document_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("node_id", sa.String(length=26), nullable=True),
        sa.Column("incarnation", sa.String(length=26), nullable=True),
        sa.Column("oseq", sa.BigInteger(), nullable=True),
        sa.Column("hash", sa.LargeBinary(), nullable=True),
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.String(24), nullable=False),
        sa.Column("received_at", sa.String(24), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("quarantine_code", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("operation_id", name=op.f("pk_operations")),
        sa.UniqueConstraint("node_id", "incarnation", "oseq", name=op.f("uq_operations_node_id_incarnation_oseq")),
    )


def _create_services() -> None:
    op.create_table(
        "services",
        sa.Column("service_code", sa.String(length=32), nullable=False),
        sa.Column("sphere", sa.String(length=32), nullable=False),
        sa.Column("searched", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("service_code", name=op.f("pk_services")),
    )
    with op.batch_alter_table("services", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_services_sphere"), ["sphere"], unique=False)


def _create_staff() -> None:
    op.create_table(
        "staff",
        sa.Column("staff_id", sa.String(length=26), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("office_id", sa.String(length=3), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_staff")),
        sa.UniqueConstraint("login", name=op.f("uq_staff_login")),
    )
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_office_id"), ["office_id"], unique=False)


def _create_streams() -> None:
    op.create_table(
        "streams",
        sa.Column("node_id", sa.String(length=26), nullable=False),
        sa.Column("incarnation", sa.String(length=26), nullable=False),
        sa.Column("oseq", sa.BigInteger(), nullable=False),
        sa.Column("head_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("node_id", "incarnation", name=op.f("pk_streams")),
    )
