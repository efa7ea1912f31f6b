"""How mail gets into the queue: in the transaction of the change that causes it, or not at all.

The worker's side of the table is in `ledger.py`.
"""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Select, bindparam, func, insert, select

from headwater.identity.courier import mail as mails
from headwater.identity.courier.mail import Mail, TooManyMessagesError
from headwater.store.database import announce
from headwater.store.tables import courier_messages, projects

TOPIC = "courier/"  # with the project's id behind it

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
# Mail flooding: somebody else's inbox must not be filled through our forms.
RECIPIENT_MESSAGES_PER_MINUTE = 10
# Each code is worth five guesses: this is what bounds guessing at one person, to one chance in two thousand a day.
RECIPIENT_MESSAGES_PER_DAY = 100
PROJECT_MESSAGES_PER_HOUR = 36_000  # ten a second: far above any sign-up rate, far below what ruins a sender


def enqueue(connection: Connection, mail: Mail, *, project_id: str, now_ms: int) -> str:
    """Queue `mail` in this transaction and return its id; the worker is woken after the commit.

    Raises TooManyMessagesError, having written nothing.
    """
    check_flood(connection, mail.recipient, project_id=project_id, now_ms=now_ms)
    row = {
        "id": mail.id,
        "project_id": project_id,
        "status": mails.QUEUED,
        "type": mail.type,
        "channel": mail.channel,
        "template_type": mail.template_type,
        "recipient": mail.recipient,
        "subject": mail.subject,
        "sealed": mail.sealed,
        "send_count": 0,
        "next_at_ms": now_ms,
        "created_at_ms": now_ms,
        "updated_at_ms": now_ms,
    }
    connection.execute(insert(courier_messages).values(**row))
    announce(connection, topic_of(project_id))
    return mail.id


def topic_of(project_id: str) -> str:
    """Return what is announced when a project's queue has grown."""
    return TOPIC + project_id


def at_work(connection: Connection) -> list[str]:
    """Return the projects with something to do for a courier: to deliver, or to forget in time."""
    its = courier_messages.c
    has_bodies = select(its.id).where(its.project_id == projects.c.id, its.sealed.is_not(None)).exists()
    return list(connection.execute(select(projects.c.id).where(has_bodies)).scalars())


def check_flood(connection: Connection, recipient: str, *, project_id: str, now_ms: int) -> None:
    """Raise TooManyMessagesError when another message would be one too many."""
    check_recipient(connection, recipient, project_id=project_id, now_ms=now_ms)
    whose = {"project_id": project_id, "since_ms": now_ms - HOUR_MS, "most": PROJECT_MESSAGES_PER_HOUR}
    _require_fewer(connection, OF_PROJECT, whose)


def check_recipient(connection: Connection, recipient: str, *, project_id: str, now_ms: int) -> None:
    """Raise TooManyMessagesError when another message to this person would be one too many."""
    for window_ms, most in ((MINUTE_MS, RECIPIENT_MESSAGES_PER_MINUTE), (DAY_MS, RECIPIENT_MESSAGES_PER_DAY)):
        whose = {"project_id": project_id, "recipient": recipient, "since_ms": now_ms - window_ms, "most": most}
        _require_fewer(connection, TO_RECIPIENT, whose)


def _require_fewer(connection: Connection, counting: Select[Any], whose: dict[str, Any]) -> None:
    if connection.execute(counting, whose).scalar_one() >= whose["most"]:
        raise TooManyMessagesError


def _counting(*more: ColumnElement[bool]) -> Select[Any]:
    """Return a statement that counts recent messages, no more of them than anybody asks about."""
    recent = select(courier_messages.c.id).where(
        courier_messages.c.project_id == bindparam("project_id"),
        courier_messages.c.created_at_ms > bindparam("since_ms"),
        *more,
    )
    return select(func.count()).select_from(recent.limit(bindparam("most", type_=Integer)).subquery())


OF_PROJECT = _counting()
TO_RECIPIENT = _counting(courier_messages.c.recipient == bindparam("recipient"))
