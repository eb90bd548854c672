"""Every table of the hub. Slices write their own statements over them; the migrations build them."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from central_hub.storage.columns import Moment

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# one row: which life of the hub this is, and the last seq given; its lock puts seq in commit order
hub_state = Table(
    "hub_state",
    metadata,
    Column("only", Integer, primary_key=True, autoincrement=False),
    Column("incarnation", String(26), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("horizon", BigInteger, nullable=False, server_default="0"),  # the feed below it was compacted away
    Column("backed_up_at", Moment),
)

# one row: what the leases of numbers are sealed with; it comes back with the database that holds the leases
seal_keys = Table(
    "seal_keys",
    metadata,
    Column("only", Integer, primary_key=True, autoincrement=False),
    Column("key", LargeBinary, nullable=False),
)

nodes = Table(
    "nodes",
    metadata,
    Column("node_id", String(26), primary_key=True),
    Column("office_id", String(3), nullable=False, index=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("previous_key", LargeBinary),  # the one it replaced: a node that lost the answer asks with it again
    Column("key_heard_at", Moment),  # when the key that replaced it first spoke: since then the previous is nobody's
    Column("enrolled_at", Moment, nullable=False),
    Column("seen_at", Moment),
    Column("retired_at", Moment),
    Column("cut_off_oseq", BigInteger),  # of a retired node: its chain counts up to here, of this incarnation
    Column("cut_off_incarnation", String(26)),
    Column("forked_at", Moment),  # two machines were seen to write as this node
)

enrolment_tokens = Table(
    "enrolment_tokens",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("office_id", String(3), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
    Column("node_id", String(26)),
)

# the chain of one incarnation of a node, as far as it is durable here
streams = Table(
    "streams",
    metadata,
    Column("node_id", String(26), primary_key=True),
    Column("incarnation", String(26), primary_key=True),
    Column("oseq", BigInteger, nullable=False),
    Column("head_hash", LargeBinary, nullable=False),
    Column("begun_at", Moment),
    Column("ended_at", Moment),  # a later incarnation of the node spoke: this one may not any more
    Column("greeted_oseq", BigInteger, nullable=False, server_default="0"),  # what it had made when it greeted,
    Column("greeted_cursor", BigInteger, nullable=False, server_default="0"),  # and heard; until all of that is here
)

# the chain's hash where an operation came again that had come in another stream
repeated_links = Table(
    "repeated_links",
    metadata,
    Column("node_id", String(26), primary_key=True),
    Column("incarnation", String(26), primary_key=True),
    Column("oseq", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
)

number_leases = Table(
    "number_leases",
    metadata,
    Column("office_id", String(3), primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("first", Integer, primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False),
    Column("node_id", String(26), nullable=False, index=True),
    Column("incarnation", String(26), nullable=False),
    Column("leased_at", Moment, nullable=False),
)

documents = Table(
    "documents",
    metadata,
    Column("document_id", String(64), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("snapshot", LargeBinary, nullable=False),
    Column("waiting", JSON, nullable=False),  # client ids whose changes miss something still on its way
    Column("generation", Integer, nullable=False, server_default="0"),  # an erasure begins the next
    Column("digest", LargeBinary),  # none: not computed since the table was widened
)

operations = Table(
    "operations",
    metadata,
    Column("operation_id", String(26), primary_key=True),
    Column("document_id", String(64), nullable=False, index=True),
    Column("kind", String(32), nullable=False),
    Column("node_id", String(26)),  # none: the hub's own
    Column("incarnation", String(26)),
    Column("oseq", BigInteger),
    Column("hash", LargeBinary),
    Column("client_id", BigInteger, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("body", LargeBinary),  # none: compacted away, or erased
    Column("quarantine_code", String(64)),
    Column("state", String(16), nullable=False, server_default="merged"),  # see storage/ingest.py
    Column("arrival", BigInteger),  # in what order the received are merged
    Column("generation", Integer, nullable=False, server_default="0"),
    Column("rebase_of", String(26)),
    UniqueConstraint("node_id", "incarnation", "oseq"),
    Index(
        "ix_operations_received_at",
        "received_at",
        sqlite_where=text("body is not null"),
        postgresql_where=text("body is not null"),
    ),
    Index("ix_operations_state_arrival", "state", "arrival"),
)

# after a quarantined operation what its node changed in the document does not count until it was made anew
blocks = Table(
    "blocks",
    metadata,
    Column("node_id", String(26), primary_key=True),
    Column("document_id", String(64), primary_key=True, index=True),
    Column("operation_id", String(26), nullable=False),
)

# only the redacted snapshot of ``generation`` may remain of a document
erasures = Table(
    "erasures",
    metadata,
    Column("document_id", String(64), primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("ordered_at", Moment, nullable=False),
    Column("ordered_by", String(64), nullable=False),
    Column("act", Text, nullable=False),
)

erasure_confirmations = Table(
    "erasure_confirmations",
    metadata,
    Column("document_id", String(64), primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("node_id", String(26), primary_key=True),
    Column("office_id", String(3), nullable=False),
    Column("confirmed_at", Moment),  # none: not yet
)

# what a person should look at: digests that differed, operations that killed the worker, clones
alarms = Table(
    "alarms",
    metadata,
    Column("alarm_id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("office_id", String(3)),
    Column("seen_at", Moment),
)

# who may read and change a document: "city", or "office/SHV", matched whole
grants = Table(
    "grants",
    metadata,
    Column("document_id", String(64), primary_key=True),
    Column("scope", String(32), primary_key=True),
    Column("granted_at", Moment, nullable=False),
    Column("reason", String(16), nullable=False),
    Index("ix_grants_scope_document_id", "scope", "document_id"),
)

# who read a document until ``seq`` told it otherwise: what it changed before it heard so still counts
ended_grants = Table(
    "ended_grants",
    metadata,
    Column("document_id", String(64), primary_key=True),
    Column("scope", String(32), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("ended_at", Moment, nullable=False),
)

# what each scope is told, in the order of commits; an operation has a row for every scope that may read it
feed = Table(
    "feed",
    metadata,
    Column("scope", String(32), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("what", String(16), nullable=False),
    Column("document_id", String(64), nullable=False),
    Column("operation_id", String(26)),
    Column("origin", String(64)),  # the stream that need not be told its own words
    Column("code", String(64)),  # why an operation was quarantined
)

# how far the feed had come when the first greeting of a day was heard
feed_days = Table(
    "feed_days",
    metadata,
    Column("day", Date, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
)

cases = Table(
    "cases",
    metadata,
    Column("case_id", String(64), primary_key=True),
    Column("number", String(32), nullable=False, unique=True),
    Column("status", String(32), nullable=False),
    Column("service_code", Text),
    Column("provider_id", Text),
    Column("home_office_id", String(3), nullable=False),
    Column("accepting_office_id", String(3)),
    Column("pickup_office_id", String(3)),
    Column("applicant", Text, nullable=False),
    Column("tracking_hash", Text),
    Column("fee_kopecks", BigInteger, nullable=False),
    Column("paid_kopecks", BigInteger, nullable=False),
    Column("receipt_count", Integer, nullable=False),
    Column("conflict_count", Integer, nullable=False),
    Column("due_on", Date),
    Column("registered_at", Moment),
    Column("decided_at", Moment),
    Column("issued_at", Moment),
    Column("closed_at", Moment),
    Column("archived_at", Moment),
    Column("changed_at", Moment, nullable=False),
    Index("ix_cases_home_office_number", "home_office_id", "number"),
    Index(
        "ix_cases_in_conflict",
        "registered_at",
        sqlite_where=text("conflict_count > 0"),
        postgresql_where=text("conflict_count > 0"),
    ),
    Index("ix_cases_registered", "registered_at"),
    Index("ix_cases_issued", "issued_at"),
)

# sums over all cases of a home office: see storage/totals.py
case_totals = Table(
    "case_totals",
    metadata,
    Column("office_id", String(3), primary_key=True),
    *(
        Column(name, BigInteger, nullable=False)
        for name in ("cases", "issued", "archived", "receipts", "paid_kopecks", "in_conflict")
    ),
)

blobs = Table(
    "blobs",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("stored_at", Moment, nullable=False),
)

# which case names which blob: what a node may read or bring follows from it
blob_references = Table(
    "blob_references",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("document_id", String(64), primary_key=True, index=True),
)

offices = Table(
    "offices",
    metadata,
    Column("office_id", String(3), primary_key=True),
    Column("record", Text, nullable=False),
)

services = Table(
    "services",
    metadata,
    Column("service_code", String(32), primary_key=True),
    Column("sphere", String(32), nullable=False, index=True),
    Column("searched", Text, nullable=False),  # casefolded: what a person may type to find it
    Column("record", Text, nullable=False),
)

staff = Table(
    "staff",
    metadata,
    Column("staff_id", String(26), primary_key=True),
    Column("login", String(64), nullable=False, unique=True),
    Column("office_id", String(3), nullable=False, index=True),
    Column("is_active", Boolean, nullable=False),
    Column("record", Text, nullable=False),
    Column("earlier", Text),  # how they stood until a change: what was done meanwhile may still be on its way
)

# each row's hash covers the row before it: a row taken out or changed shows
access_log = Table(
    "access_log",
    metadata,
    Column("entry_number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("actor_id", String(64), nullable=False),
    Column("office_id", String(3)),
    Column("action", String(32), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Index("ix_access_log_subject", "subject"),
)
