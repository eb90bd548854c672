"""Tables beside the documents of appointments: whom to remind, who is about to book, and what is to be sent."""

from sqlalchemy import Boolean, Column, Date, Index, Integer, LargeBinary, String, Table, Text, text

from central_hub.storage.columns import Moment
from central_hub.storage.tables import metadata

# how far the rules of an office were followed: by which event, up to which day
appointment_openings = Table(
    "appointment_openings",
    metadata,
    Column("office_id", String(3), primary_key=True),
    Column("rules_event", String(32), nullable=False),
    Column("office_side", String(64), nullable=False),
    Column("last_day", Date, nullable=False),
)

# the days whose bookings stand below as the document said them when it had this digest
appointment_days = Table(
    "appointment_days",
    metadata,
    Column("document_id", String(64), primary_key=True),
    Column("day", Date, nullable=False, index=True),
    Column("digest", LargeBinary),
)

# what is looked for among the bookings of the city; the name and the number stand in the document alone
appointment_bookings = Table(
    "appointment_bookings",
    metadata,
    Column("booking_id", String(32), primary_key=True),
    Column("document_id", String(64), nullable=False, index=True),
    Column("begins_at", Moment, nullable=False),
    Column("is_awaited", Boolean, nullable=False),  # neither cancelled, nor arrived, nor missed
    Column("person_key", String(64), nullable=False),  # the telephone under the hub's seal
    Column("link_hash", String(64), nullable=False, index=True),
    Column("reminded_at", Moment),
    Index("ix_appointment_bookings_person_key_begins_at", "person_key", "begins_at"),
)

# seats kept for who is about to book
appointment_holds = Table(
    "appointment_holds",
    metadata,
    Column("document_id", String(64), primary_key=True),
    Column("seat_id", String(16), primary_key=True),
    Column("hold_id", String(32), nullable=False, index=True),
    Column("service_code", String(16), nullable=False),
    Column("source", String(64), nullable=False, index=True),  # where it was asked from, under the hub's seal
    Column("expires_at", Moment, nullable=False),
    Column("code", String(16)),  # of the booking it became
)

# messages to people, until they are sent or too late; then their words and numbers are wiped
outgoing_messages = Table(
    "outgoing_messages",
    metadata,
    Column("message_id", String(26), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("subject", String(64), nullable=False),  # the id of what it is about
    Column("phone", String(16)),
    Column("language", String(2), nullable=False),
    Column("facts", Text),  # what the words are made of, as JSON
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("state", String(16), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_try_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("handed_at", Moment),  # when a request with it went out
    Column("trouble", String(16)),  # why the gateway did not take it the last time
    Index(
        "ix_outgoing_messages_next_try_at",
        "next_try_at",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
)
