"""A source's write keys after the first one: how a key is changed without losing an event.

Make the new key, move the senders over, delete the old one. Reads and writes write keys, nothing else.
"""

from sqlalchemy import Connection, delete

from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import ConflictError, NotFoundError
from headwater.store import tables
from headwater.store.database import announce
from headwater.workspace import sources
from headwater.workspace.configuration import WriteKey

MAX_KEYS = 10  # for a source: a change needs two, and every key left over is one more to lose sight of


def create(connection: Connection, id_or_slug: str, *, clock: Clock) -> WriteKey:
    """Give a source one more write key. Raises NotFoundError, or ConflictError when it is deleted or has enough."""
    source = sources.get_living(connection, id_or_slug)
    if len(source.write_keys) >= MAX_KEYS:
        hint = f"Delete one that nobody uses: `headwater list write-keys {source.slug}` shows them."
        raise ConflictError(f"The source {source.slug!r} has {MAX_KEYS} write keys, the most there can be. {hint}")
    key = sources.insert_key(connection, source.id, now_ms=epoch_ms(clock.now()))
    announce(connection, sources.TOPIC)
    return key


def delete_key(connection: Connection, id_or_slug: str, key_id: str) -> None:
    """Make a write key worthless. Raises NotFoundError, or ConflictError for the last one of its source."""
    source = sources.get_living(connection, id_or_slug)
    if key_id not in [key.id for key in source.write_keys]:
        hint = f"`headwater list write-keys {source.slug}` shows which there are."
        raise NotFoundError(f"The source {source.slug!r} has no write key {key_id!r}. {hint}")
    if len(source.write_keys) == 1:
        hint = f"Make a new one first: `headwater create write-key {source.slug}`."
        raise ConflictError(f"{key_id} is the last write key of the source {source.slug!r}. {hint}")
    connection.execute(delete(tables.write_keys).where(tables.write_keys.c.id == key_id))
    announce(connection, sources.TOPIC)
