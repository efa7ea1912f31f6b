"""What tables and columns are called, as in Segment's warehouses. Pure.

A name is snake case of ASCII letters, digits and `_`, 63 characters at most: it is safe as a folder, too, whatever the
event was called. Events whose names become the same share a table; `event_text` tells them apart.
"""

from headwater.core.snake_case import identifier

TRACKS, IDENTIFIES, GROUPS, ALIASES, PAGES, SCREENS = "tracks", "identifies", "groups", "aliases", "pages", "screens"
USERS, ACCOUNTS = "users", "accounts"
# Where events go that found no table of their own. No event can be called so.
OTHER_EVENTS = "_other_events"
# What found no column of its own, as one JSON object in the shape of the event.
MORE = "_more"
# The place of the event in the log: the order of what came in one millisecond.
OFFSET = "_offset"

STANDARD_TABLES = frozenset({TRACKS, IDENTIFIES, GROUPS, ALIASES, PAGES, SCREENS, USERS, ACCOUNTS})

# When our server stored it: that is in an event, too, and comes from its record.
RECEIVED_AT = "received_at"
SENT_TIMES = {"sent_at": "sentAt", "timestamp": "timestamp", "original_timestamp": "originalTimestamp"}
TIMES = {RECEIVED_AT: "receivedAt", **SENT_TIMES}
IDS = {"id": "messageId", "anonymous_id": "anonymousId", "user_id": "userId"}
# What a call says besides: the column of its table, and where that is in the event.
OWN = {
    GROUPS: {"group_id": "groupId"},
    ALIASES: {"previous_id": "previousId"},
    PAGES: {"name": "name", "category": "category"},
    SCREENS: {"name": "name", "category": "category"},
}
CALLS = {"identify": IDENTIFIES, "group": GROUPS, "alias": ALIASES, "page": PAGES, "screen": SCREENS}
# No property has a column of such a name: it would pass for what the event itself says. It is in `_more`.
RESERVED = frozenset({*TIMES, *IDS, "event", "event_text", "group_id", "previous_id", "uuid", "uuid_ts"})
CONTEXT = "context"


# Names that a database has for itself.
TAKEN = frozenset({"information_schema", "main", "memory", "pg_catalog", "system", "temp"})


def schema_of(slug: str) -> str:
    """Return the schema of the source with that slug. No two slugs have the same one: no slug has a `_` of its own."""
    name = slug.replace("-", "_")
    return f"_{name}" if name[0].isdigit() or name in TAKEN else name


def event_table(event: str) -> str:
    """Return the table of a track call's event: one called `Users` is in `_users`."""
    name = identifier(event)
    return f"_{name}" if name in STANDARD_TABLES else name


def event_of(table: str) -> str:
    """Return what the event of a track call's table is called: the `event` of its rows."""
    return table[1:] if table[1:] in STANDARD_TABLES else table


def is_reserved(column: str) -> bool:
    return column in RESERVED or column.startswith(f"{CONTEXT}_")
