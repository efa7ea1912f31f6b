"""The worker's side of the queue: taking what is due, writing down what became of it, forgetting in time.

`next_at_ms` says when something is due for a message: a try while it is queued, its forgetting afterwards.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, Row, Select, bindparam, delete, func, insert, select, update

from headwater.identity.courier import mail as mails
from headwater.identity.courier.mail import Dispatch, Message
from headwater.store.tables import courier_dispatches, courier_messages

DAY_MS = 86_400_000
# Codes and links in bodies have expired long before; after this nobody can read them any more.
BODY_KEPT_MS = 7 * DAY_MS
MESSAGE_KEPT_MS = 90 * DAY_MS
SETTLED = (mails.SENT, mails.ABANDONED)

FIELDS = tuple(name for name in Message.__struct_fields__ if name != "dispatches")
COLUMNS = tuple(courier_messages.c[name] for name in FIELDS)


def _due() -> Select[tuple[object, ...]]:
    c = courier_messages.c
    return select(*COLUMNS).where(
        c.status == bindparam("status"), c.next_at_ms <= bindparam("now_ms"), c.project_id == bindparam("project_id")
    )


def _next_due() -> Select[int | None]:
    c = courier_messages.c
    return select(func.min(c.next_at_ms)).where(
        c.status == bindparam("status"), c.project_id == bindparam("project_id")
    )


# Built once: putting a statement together takes longer than running it.
DUE = _due().limit(bindparam("limit"))
DUE_IN_ORDER = _due().order_by(courier_messages.c.next_at_ms, courier_messages.c.id).limit(bindparam("limit"))
NEXT_DUE = _next_due()
SET = update(courier_messages).where(courier_messages.c.id == bindparam("message_id"))
INSERT_DISPATCH = insert(courier_dispatches)


def message(row: Row[tuple[object, ...]], dispatches: Sequence[Dispatch] = ()) -> Message:
    """Return a row of COLUMNS as a message."""
    return Message(**row._mapping, dispatches=tuple(dispatches))  # noqa: SLF001  SQLAlchemy's public name for it


def requeue_interrupted(connection: Connection, *, project_id: str) -> int:
    """Queue again what a courier that is gone had in hand, and return how many: mail is sent at least once."""
    c = courier_messages.c
    interrupted = update(courier_messages).where(c.status == mails.PROCESSING, c.project_id == project_id)
    return connection.execute(interrupted.values(status=mails.QUEUED)).rowcount


def take_due(connection: Connection, *, project_id: str, now_ms: int, limit: int) -> list[Message]:
    """Take the messages that are due longest, counting the try now: one that kills its courier is given up, too."""
    c = courier_messages.c
    wanted = {"status": mails.QUEUED, "project_id": project_id, "now_ms": now_ms, "limit": limit}
    found = [message(row) for row in connection.execute(DUE_IN_ORDER, wanted)]
    chosen = update(courier_messages).where(c.id.in_([item.id for item in found]))
    connection.execute(chosen.values(status=mails.PROCESSING, send_count=c.send_count + 1, updated_at_ms=now_ms))
    return found


def next_due_ms(connection: Connection, *, project_id: str) -> int | None:
    """Return when the next thing is due, None if nothing is."""
    moments = [
        connection.execute(NEXT_DUE, {"status": status, "project_id": project_id}).scalar_one()
        for status in (mails.QUEUED, *SETTLED)
    ]
    return min((moment for moment in moments if moment is not None), default=None)


def mark_sent(connection: Connection, message_id: str, dispatch: Dispatch, *, keeps_body: bool) -> None:
    """Write down a success. A body that only its reader should have is forgotten at once."""
    _settle(connection, message_id, dispatch, status=mails.SENT, keeps_body=keeps_body)


def mark_abandoned(connection: Connection, message_id: str, dispatch: Dispatch, *, keeps_body: bool) -> None:
    """Write down the last failure."""
    _settle(connection, message_id, dispatch, status=mails.ABANDONED, keeps_body=keeps_body)


def mark_failed(connection: Connection, message_id: str, dispatch: Dispatch, *, next_at_ms: int) -> None:
    """Write down a failure after which it is tried again."""
    values = {"status": mails.QUEUED, "next_at_ms": next_at_ms}
    _record(connection, message_id, dispatch, values)


def due_for_forgetting(connection: Connection, *, project_id: str, now_ms: int, limit: int) -> list[Message]:
    """Return settled messages whose bodies, or whose rows, have been kept long enough."""
    found: list[Message] = []
    for status in SETTLED:
        wanted = {"status": status, "project_id": project_id, "now_ms": now_ms, "limit": limit - len(found)}
        found += [message(row) for row in connection.execute(DUE, wanted)]
    return found


def forget(connection: Connection, due: Sequence[Message], *, now_ms: int) -> None:
    """Drop bodies first, and what has none any more, whole."""
    c = courier_messages.c
    with_body = [item.id for item in due if item.sealed is not None]
    without = [item.id for item in due if item.sealed is None]
    if with_body:
        later = {"sealed": None, "next_at_ms": now_ms + MESSAGE_KEPT_MS - BODY_KEPT_MS}
        connection.execute(update(courier_messages).where(c.id.in_(with_body)).values(**later))
    if without:
        connection.execute(delete(courier_messages).where(c.id.in_(without)))


def dispatches_of(connection: Connection, message_id: str) -> list[Dispatch]:
    """Return the tries of a message, the last one first, as Ory lists them."""
    c = courier_dispatches.c
    rows = connection.execute(
        select(c.id, c.status, c.error, c.created_at_ms)
        .where(c.message_id == message_id)
        .order_by(c.created_at_ms.desc(), c.id)
    )
    return [Dispatch(**row._mapping) for row in rows]  # noqa: SLF001  SQLAlchemy's public name for it


def _settle(connection: Connection, message_id: str, dispatch: Dispatch, *, status: str, keeps_body: bool) -> None:
    kept_ms = BODY_KEPT_MS if keeps_body else MESSAGE_KEPT_MS
    values: dict[str, object] = {"status": status, "next_at_ms": dispatch.created_at_ms + kept_ms}
    if not keeps_body:
        values["sealed"] = None
    _record(connection, message_id, dispatch, values)


def _record(connection: Connection, message_id: str, dispatch: Dispatch, values: dict[str, object]) -> None:
    changes = {**values, "updated_at_ms": dispatch.created_at_ms, "message_id": message_id}
    found = connection.execute(SET, changes).rowcount
    if found:  # its project may have been deleted meanwhile
        row = {
            "id": dispatch.id,
            "message_id": message_id,
            "status": dispatch.status,
            "error": dispatch.error,
            "created_at_ms": dispatch.created_at_ms,
        }
        connection.execute(INSERT_DISPATCH, row)
