"""The tables of the core database (configuration, identity, outbox), for SQLite and PostgreSQL alike.

Rooms write their statements against these; `migrations/` brings a database to this shape, and a test holds
the two together. Times are milliseconds since 1970 in UTC. JSON columns hold plain JSON text.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ID = String(64)

# SQLite only numbers rows by itself under this exact type.
SERIAL = BigInteger().with_variant(Integer, "sqlite")


def _cascade(target: str) -> ForeignKey:
    return ForeignKey(target, ondelete="CASCADE")


workspaces = Table(
    "workspaces",
    metadata,
    Column("id", ID, primary_key=True),
    Column("name", Text, nullable=False),
    Column("tracking_aliases", Boolean, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
)

keys = Table(
    "keys",
    metadata,
    Column("id", ID, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("project_id", ID, _cascade("projects.id"), nullable=True),
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=True),
    Column("revoked_at_ms", BigInteger, nullable=True),  # the row stays a while: who uses the key is told
)

# Who is signed in to the console.
operator_sessions = Table(
    "operator_sessions",
    metadata,
    Column("id", ID, primary_key=True),
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("key_id", ID, nullable=False, index=True),  # or an identity's id, for somebody who came by their account
    Column("created_at_ms", BigInteger, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False),
    Column("identity_session_id", ID, nullable=True),  # the session of theirs that it ends with; none for a key
)

projects = Table(
    "projects",
    metadata,
    Column("id", ID, primary_key=True),
    Column("slug", String(128), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("environment", String(16), nullable=False),
    Column("revision_id", ID, nullable=False),
    Column("document", Text, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("updated_at_ms", BigInteger, nullable=False),
    Column("home_region", String(32), nullable=False, server_default="global"),
)

# What a project's document was, change by change; the newest is what the project is now.
revisions = Table(
    "revisions",
    metadata,
    Column("id", ID, primary_key=True),
    Column("project_id", ID, _cascade("projects.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("change", Text, nullable=False),  # how it came about: created | patched | set | rolled back to 7
    Column("author_id", ID, nullable=False),  # the key's id and name, as they were: a key may be gone
    Column("author_name", Text, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    UniqueConstraint("project_id", "number"),
)

secrets = Table(
    "secrets",
    metadata,
    Column("id", ID, primary_key=True),
    Column("project_id", ID, _cascade("projects.id"), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
)

sources = Table(
    "sources",
    metadata,
    Column("id", ID, primary_key=True),
    Column("slug", String(128), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("kind", String(64), nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("strict", Boolean, nullable=False, server_default=false()),
    Column("rate_limit", Integer, nullable=True),
    Column("deleted_at_ms", BigInteger, nullable=True),  # the row stays: its events keep their slug
)

write_keys = Table(
    "write_keys",
    metadata,
    Column("id", ID, primary_key=True),
    Column("source_id", ID, _cascade("sources.id"), nullable=False, index=True),
    Column("key", String(128), nullable=False, unique=True),
    Column("created_at_ms", BigInteger, nullable=False),
)

destinations = Table(
    "destinations",
    metadata,
    Column("id", ID, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", String(64), nullable=False),
    Column("settings_sealed", LargeBinary, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("start_offset", BigInteger, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("pauses", Text, nullable=False, server_default="[]"),  # JSON: [[after, up to], ...] while switched off
    Column("deleted_at_ms", BigInteger, nullable=True),  # the row stays: old events tell what became of them
    Column("end_offset", BigInteger, nullable=True),
    Column("routing", Text, nullable=False, server_default="{}"),  # JSON: a `Routing`
)

destination_sources = Table(
    "destination_sources",
    metadata,
    Column("destination_id", ID, _cascade("destinations.id"), primary_key=True),
    Column("source_id", ID, _cascade("sources.id"), primary_key=True),
    Column("since_offset", BigInteger, nullable=False, server_default="0"),
)

# A destination that gets one project's lifecycle events, and nothing of any source.
event_streams = Table(
    "event_streams",
    metadata,
    Column("destination_id", ID, _cascade("destinations.id"), primary_key=True),
    Column("project_id", ID, _cascade("projects.id"), nullable=False, index=True),
    Column("updated_at_ms", BigInteger, nullable=False),
)

# What a replay is to send again. How far it is stands in deliver.db, whose writer is another process.
replays = Table(
    "replays",
    metadata,
    Column("id", ID, primary_key=True),
    Column("destination_id", ID, _cascade("destinations.id"), nullable=False, index=True),
    Column("selection", Text, nullable=False),  # JSON: a `Selection`
    Column("after_offset", BigInteger, nullable=False),
    Column("up_to_offset", BigInteger, nullable=False),
    Column("requests_per_second", Float, nullable=True),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("is_paused", Boolean, nullable=False),
    Column("cancelled_at_ms", BigInteger, nullable=True),
)

identities = Table(
    "identities",
    metadata,
    Column("id", ID, primary_key=True),
    Column("project_id", ID, _cascade("projects.id"), nullable=False),
    Column("schema_id", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("traits", Text, nullable=False),
    Column("metadata_public", Text, nullable=True),
    Column("metadata_admin", Text, nullable=True),
    Column("external_id", String(255), nullable=True),
    Column("state_changed_at_ms", BigInteger, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("updated_at_ms", BigInteger, nullable=False),
    UniqueConstraint("project_id", "external_id"),
    Index("ix_identities_project_id_id", "project_id", "id"),
)

credentials = Table(
    "credentials",
    metadata,
    Column("id", ID, primary_key=True),
    Column("identity_id", ID, _cascade("identities.id"), nullable=False, index=True),
    Column("type", String(32), nullable=False),
    Column("config", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("updated_at_ms", BigInteger, nullable=False),
)

identifiers = Table(
    "identifiers",
    metadata,
    Column("project_id", ID, _cascade("projects.id"), primary_key=True),
    Column("type", String(32), primary_key=True),
    Column("identifier", String(320), primary_key=True),
    Column("credential_id", ID, _cascade("credentials.id"), nullable=False, index=True),
)

# People who may come into the console by their account.
operators = Table(
    "operators",
    metadata,
    Column("identity_id", ID, _cascade("identities.id"), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("named_by", ID, nullable=False),  # a key's id, or an identity's
    Column("named_at_ms", BigInteger, nullable=False),
)

addresses = Table(
    "addresses",
    metadata,
    Column("id", ID, primary_key=True),
    Column("identity_id", ID, _cascade("identities.id"), nullable=False, index=True),
    Column("project_id", ID, nullable=False, server_default=""),
    Column("purpose", String(16), nullable=False),  # verifiable | recovery
    Column("via", String(16), nullable=False),
    Column("value", String(320), nullable=False),
    Column("verified", Boolean, nullable=False),
    Column("status", String(16), nullable=False),
    Column("verified_at_ms", BigInteger, nullable=True),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("updated_at_ms", BigInteger, nullable=False),
    # An address belongs to one person: mail that proves it must not open somebody else's account.
    Index("ix_addresses_place", "project_id", "purpose", "via", "value", unique=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", ID, primary_key=True),
    Column("project_id", ID, _cascade("projects.id"), nullable=False),
    Column("identity_id", ID, _cascade("identities.id"), nullable=False, index=True),
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("active", Boolean, nullable=False),
    Column("aal", String(8), nullable=False),
    Column("methods", Text, nullable=False),
    Column("devices", Text, nullable=False),
    Column("issued_at_ms", BigInteger, nullable=False),
    Column("authenticated_at_ms", BigInteger, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False, index=True),
    Index("ix_sessions_newest", "project_id", "issued_at_ms", "id"),
)

flows = Table(
    "flows",
    metadata,
    Column("id", ID, primary_key=True),
    Column("project_id", ID, _cascade("projects.id"), nullable=False),
    Column("kind", String(32), nullable=False),  # registration | login | ...
    Column("document", Text, nullable=False),
    Column("csrf_sha256", String(64), nullable=True),
    Column("expires_at_ms", BigInteger, nullable=False, index=True),
    # Counted here and not in the document: guesses made at the same moment must each count.
    Column("submissions", Integer, nullable=False, server_default="0"),
)

# One-time codes and links that were sent: only a keyed hash, so that the table alone opens nothing.
challenges = Table(
    "challenges",
    metadata,
    Column("id", ID, primary_key=True),
    Column("project_id", ID, _cascade("projects.id"), nullable=False),
    Column("flow_id", ID, nullable=False, index=True),
    Column("purpose", String(32), nullable=False),  # registration | login | recovery | verification
    Column("secret_sha256", String(64), nullable=False, index=True),
    Column("identity_id", ID, _cascade("identities.id"), nullable=True, index=True),
    Column("address", String(320), nullable=False),
    Column("via", String(16), nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False, index=True),
    Column("used_at_ms", BigInteger, nullable=True),
)

# What somebody wants to be once they have proven their new address (the hook verify_new_address): one at a time.
pending_changes = Table(
    "pending_changes",
    metadata,
    Column("verification_flow_id", ID, _cascade("flows.id"), primary_key=True),
    Column("project_id", ID, _cascade("projects.id"), nullable=False),
    Column("identity_id", ID, _cascade("identities.id"), nullable=False, unique=True),
    Column("session_id", ID, _cascade("sessions.id"), nullable=False, index=True),
    Column("settings_flow_id", ID, _cascade("flows.id"), nullable=False, index=True),
    Column("address", String(320), nullable=False),
    Column("via", String(16), nullable=False),
    Column("traits_sha256", String(64), nullable=False),  # of those that they had
    Column("document", Text, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
)

# Native apps whose sign-in ends in a browser: the session waits here, sealed, for whoever has both codes.
token_exchanges = Table(
    "token_exchanges",
    metadata,
    Column("id", ID, primary_key=True),
    Column("project_id", ID, _cascade("projects.id"), nullable=False),
    Column("flow_id", ID, nullable=False, index=True),
    Column("init_code_sha256", String(64), nullable=False, unique=True),
    Column("return_to_code_sha256", String(64), nullable=True),
    Column("session_id", ID, _cascade("sessions.id"), nullable=True, index=True),
    Column("sealed_token", LargeBinary, nullable=True),  # gone with the row: redeemed, or expired
    Column("expires_at_ms", BigInteger, nullable=False, index=True),
)

# What went wrong in a browser, until its error page asks for it.
flow_errors = Table(
    "flow_errors",
    metadata,
    Column("id", ID, primary_key=True),
    Column("project_id", ID, _cascade("projects.id"), nullable=False),
    Column("document", Text, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False, index=True),
)

courier_messages = Table(
    "courier_messages",
    metadata,
    Column("id", ID, primary_key=True),
    Column("project_id", ID, _cascade("projects.id"), nullable=False),
    Column("status", String(16), nullable=False),  # queued | processing | sent | abandoned
    Column("type", String(16), nullable=False),  # email | phone
    Column("channel", String(64), nullable=False),
    Column("template_type", String(64), nullable=False),
    Column("recipient", String(320), nullable=False),
    Column("subject", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=True),  # the bodies hold codes and links; gone when they have expired
    Column("send_count", Integer, nullable=False),
    Column("next_at_ms", BigInteger, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("updated_at_ms", BigInteger, nullable=False),
    Index("ix_courier_messages_newest", "project_id", "created_at_ms", "id"),
    Index("ix_courier_messages_due", "status", "next_at_ms"),
    Index("ix_courier_messages_recipient", "project_id", "recipient", "created_at_ms"),
)

courier_dispatches = Table(
    "courier_dispatches",
    metadata,
    Column("id", ID, primary_key=True),
    Column("message_id", ID, _cascade("courier_messages.id"), nullable=False, index=True),
    Column("status", String(16), nullable=False),  # success | failed
    Column("error", Text, nullable=True),
    Column("created_at_ms", BigInteger, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    # AUTOINCREMENT: an id is never used twice, so the relay's position can be trusted after rows are gone.
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("record", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)

# Actions that are being sent inline and must not be lost if that never ends: see log/outbox.py.
held = Table(
    "held",
    metadata,
    Column("message_id", String(128), primary_key=True),
    Column("record", LargeBinary, nullable=False),
)

# Counts of events that were answered 200 and dropped, by reason: nothing is dropped silently.
rejections = Table(
    "rejections",
    metadata,
    Column("source_id", ID, primary_key=True),  # "" where no source is known
    Column("code", String(64), primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("first_at_ms", BigInteger, nullable=False),
    Column("last_at_ms", BigInteger, nullable=False),
    Column("sample", Text, nullable=False),
)

# The same over time: `began_s` is when the minute or the hour of so many `seconds` began.
rejection_volume = Table(
    "rejection_volume",
    metadata,
    Column("seconds", Integer, primary_key=True, autoincrement=False),
    Column("began_s", BigInteger, primary_key=True, autoincrement=False),
    Column("source_id", ID, primary_key=True),
    Column("count", BigInteger, nullable=False),
)

# Who may not be processed, by the userId of their events. Numbered: who has read the list reads on from there.
suppressions = Table(
    "suppressions",
    metadata,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("user_id", String(512), nullable=False, unique=True),
    Column("created_at_ms", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

# Databases that the lake's tables are synced into.
warehouses = Table(
    "warehouses",
    metadata,
    Column("id", ID, primary_key=True),
    Column("name", String(128), nullable=False, unique=True),
    Column("kind", String(64), nullable=False),
    Column("settings_sealed", LargeBinary, nullable=False),
    Column("source_ids", Text, nullable=False),  # empty: all there are
    Column("exclude", Text, nullable=False),
    Column("schedule_seconds", BigInteger, nullable=True),  # none: only when somebody asks
    Column("enabled", Boolean, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("wanted_sync", ID, nullable=True),  # the last that somebody asked for
    Column("wanted_at_ms", BigInteger, nullable=True),
)

# SQL over the lake that operators keep by name.
saved_queries = Table(
    "saved_queries",
    metadata,
    Column("id", ID, primary_key=True),
    Column("name", String(128), nullable=False, unique=True),
    Column("sql", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("saved_at_ms", BigInteger, nullable=False),
)

# Whom the lake has to forget, each by one of both ids: of what came up to that offset. What became of it the lake says.
lake_erasures = Table(
    "lake_erasures",
    metadata,
    Column("number", SERIAL, primary_key=True, autoincrement=True),
    Column("id", ID, nullable=False, unique=True),
    Column("user_id", Text, nullable=True),
    Column("anonymous_id", Text, nullable=True),
    Column("up_to", BigInteger, nullable=False),
    Column("asked_at_ms", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

# Who changed what: a row before the change is made, its end once it is. Numbered: the newest have the greatest.
audit = Table(
    "audit",
    metadata,
    Column("number", SERIAL, primary_key=True, autoincrement=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("who_id", ID, nullable=False),  # the key's id and name, as they were: a key may be gone
    Column("who_name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("via", String(16), nullable=False),  # api | console
    Column("method", String(16), nullable=False),
    Column("path", Text, nullable=False),
    Column("permission", String(64), nullable=False),
    Column("project_id", ID, nullable=True),
    Column("subject", ID, nullable=True),  # the person it is about
    Column("ended_at_ms", BigInteger, nullable=True),
    Column("status", Integer, nullable=True),  # none: nobody knows what became of it
    Column("error", Text, nullable=True),
    Index("ix_audit_who", "who_id", "number"),
    sqlite_autoincrement=True,
)

# What was there before a change and after it, sealed. What is a person's own goes with them, whoever removes them.
audit_documents = Table(
    "audit_documents",
    metadata,
    Column("number", SERIAL, _cascade("audit.number"), primary_key=True, autoincrement=False),
    Column("identity_id", ID, _cascade("identities.id"), nullable=True, index=True),
    Column("before", LargeBinary, nullable=True),
    Column("after", LargeBinary, nullable=True),
)
