"""What booking needs beside the documents: an index of bookings, seats kept for a while, and messages to people."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "appointment_openings",
        sa.Column("office_id", sa.String(3), nullable=False),
        sa.Column("rules_event", sa.String(32), nullable=False),
        sa.Column("office_side", sa.String(64), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("office_id", name=op.f("pk_appointment_openings")),
    )
    op.create_table(
        "appointment_days",
        sa.Column("document_id", sa.String(64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("digest", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_appointment_days")),
    )
    op.create_index("ix_appointment_days_day", "appointment_days", ["day"])
    op.create_table(
        "appointment_bookings",
        sa.Column("booking_id", sa.String(32), nullable=False),
        sa.Column("document_id", sa.String(64), nullable=False),
        sa.Column("begins_at", sa.String(24), nullable=False),
        sa.Column("is_awaited", sa.Boolean(), nullable=False),
        sa.Column("person_key", sa.String(64), nullable=False),
        sa.Column("link_hash", sa.String(64), nullable=False),
        sa.Column("reminded_at", sa.String(24)),
        sa.PrimaryKeyConstraint("booking_id", name=op.f("pk_appointment_bookings")),
    )
    op.create_index("ix_appointment_bookings_document_id", "appointment_bookings", ["document_id"])
    op.create_index("ix_appointment_bookings_link_hash", "appointment_bookings", ["link_hash"])
    op.create_index("ix_appointment_bookings_person_key_begins_at", "appointment_bookings", ["person_key", "begins_at"])
    op.create_table(
        "appointment_holds",
        sa.Column("document_id", sa.String(64), nullable=False),
        sa.Column("seat_id", sa.String(16), nullable=False),
        sa.Column("hold_id", sa.String(32), nullable=False),
        sa.Column("service_code", sa.String(16), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("expires_at", sa.String(24), nullable=False),
        sa.Column("code", sa.String(16)),
        sa.PrimaryKeyConstraint("document_id", "seat_id", name=op.f("pk_appointment_holds")),
    )
    op.create_index("ix_appointment_holds_hold_id", "appointment_holds", ["hold_id"])
    op.create_index("ix_appointment_holds_source", "appointment_holds", ["source"])
    _create_outbox()


def _create_outbox() -> None:
    op.create_table(
        "outgoing_messages",
        sa.Column("message_id", sa.String(26), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("phone", sa.String(16)),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("facts", sa.Text()),
        sa.Column("made_at", sa.String(24), nullable=False),
        sa.Column("expires_at", sa.String(24), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.String(24), nullable=False),
        sa.Column("ended_at", sa.String(24)),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_outgoing_messages")),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "ix_outgoing_messages_next_try_at",
        "outgoing_messages",
        ["next_try_at"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
