"""The outbox: what identity owes the log, written in the transaction of the change that causes it.

`enqueue` and its relay (`relay.py`) move records to the log under the same ids: a crash between them loses
nothing and doubles nothing. A record may first be *held*, while the same thing is tried inline: it is then
dropped (it worked) or released to the outbox (it didn't, or the process died before anyone knew).
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select

from headwater.core.event import Record
from headwater.store.database import announce
from headwater.store.statement import Statement
from headwater.store.tables import held, outbox

TOPIC = "outbox"

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Record)

INSERT = Statement(insert(outbox))
OLDEST = Statement(select(outbox.c.id, outbox.c.record).order_by(outbox.c.id).limit(bindparam("limit")))
REMOVE = Statement(delete(outbox).where(outbox.c.id <= bindparam("last_id")))


class Waiting(msgspec.Struct, frozen=True):
    """A record in the outbox with its place in the queue."""

    id: int
    record: Record


def enqueue(connection: Connection, records: Sequence[Record]) -> None:
    """Put `records` in line for the log, in this transaction."""
    if not records:
        return
    INSERT.run_for_each(connection, [{"record": _encoder.encode(record)} for record in records])
    announce(connection, TOPIC)


def hold(connection: Connection, records: Sequence[Record]) -> None:
    """Keep `records` safe while they are tried inline, in this transaction."""
    if records:
        rows = [{"message_id": record.message_id, "record": _encoder.encode(record)} for record in records]
        connection.execute(insert(held), rows)


def drop_held(connection: Connection, message_ids: Sequence[str]) -> None:
    """The inline try worked: nothing is owed any more."""
    if message_ids:
        connection.execute(delete(held).where(held.c.message_id.in_(message_ids)))


def release_held(connection: Connection, message_ids: Sequence[str] | None = None) -> int:
    """Move held records (all of them when no ids are given) into the outbox and return how many.

    At start-up all are released: whoever held them is dead.
    """
    chosen = select(held.c.message_id, held.c.record)
    if message_ids is not None:
        chosen = chosen.where(held.c.message_id.in_(message_ids))
    rows = connection.execute(chosen).all()
    if rows:
        connection.execute(insert(outbox), [{"record": row.record} for row in rows])
        drop_held(connection, [row.message_id for row in rows])
        announce(connection, TOPIC)
    return len(rows)


def waiting(connection: Connection, *, limit: int) -> list[Waiting]:
    """Return the oldest records in the outbox, in order."""
    return [Waiting(id_, _decoder.decode(record)) for id_, record in OLDEST.rows(connection, {"limit": limit})]


def remove_through(connection: Connection, last_id: int) -> None:
    """Forget what the log has, up to and including `last_id`."""
    REMOVE.run(connection, {"last_id": last_id})
