"""Has every change written down before it is made, and what became of it before whoever asked is answered.

The guard of a route (`web/access.py`) says when a change begins; the application says what it is about to answer.
"""

from collections import Counter
from typing import Any

import msgspec
import structlog

from headwater.core.errors import HeadwaterError
from headwater.web.access import IDENTITY_PERMISSIONS, Connection, Principal
from headwater.web.audit import looking, withholding
from headwater.web.audit.audited import Audited
from headwater.web.audit.entry import Begun, Book, Ended

logger = structlog.get_logger(__name__)

OPEN = "headwater_audit"
FIRST_REFUSAL = 400
LONGEST_PATH = 2_000
LONGEST_ID = 64
LONGEST_REASON = 1_000
PROJECTS = "/projects/"


class _Row(msgspec.Struct):
    """One of many in an answer."""

    action: str = ""


class _Open(msgspec.Struct):
    """A change that is being made."""

    number: int
    audited: Audited
    principal: Principal
    is_personal: bool
    subject: str | None
    looks_at: str | None
    status: int = 0
    answer: bytes = b""

    @property
    def is_refused(self) -> bool:
        return self.status >= FIRST_REFUSAL

    @property
    def needs_answer(self) -> bool:
        return self.is_refused or self.looks_at is None or self.audited.counted is not None


def about(connection: Connection, identity_id: str) -> None:
    """Say whom a change is about, where its path doesn't."""
    opened: _Open | None = connection.scope["state"].get(OPEN)
    if opened is not None:
        opened.subject = _id_or_none(identity_id)


class Auditor:
    """Give it to the application (`api/app.py`). `book` is where entries are kept."""

    def __init__(self, book: Book) -> None:
        self._book = book

    async def begin(self, connection: Connection, permission: str, audited: Audited) -> None:
        """Keep that whoever passed the guard is about to change something. Raises DatabaseError: then nobody may."""
        scope: Any = connection.scope
        principal: Principal = scope["state"]["principal"]
        method, path = scope["method"], scope["path"]
        looks_at = audited.looks_at(method, path)
        before = None if looks_at is None else await _seen(scope, looks_at, audited, principal)
        is_personal = permission in IDENTITY_PERMISSIONS and audited.counted is None
        subject = _id_or_none(connection.path_params.get("identity_id")) or _subject_of(before, is_personal=is_personal)
        begun = Begun(
            who_id=principal.key_id,
            who_name=principal.name,
            role=principal.role,
            via=principal.via,
            method=method,
            path=path[:LONGEST_PATH],
            permission=permission,
            project=_project_of(connection, permission),
            subject=subject,
            is_personal=is_personal,
            before=before,
        )
        scope["state"][OPEN] = _Open(
            number=await self._book.begin(begun),
            audited=audited,
            principal=principal,
            is_personal=is_personal,
            subject=subject,
            looks_at=looks_at,
        )

    def hearing(self, send: Any, scope: Any) -> Any:
        """Return `send` for the answers of one request, which hears what is answered where a change has begun."""

        # No `async` here: most answers are of no change, and need no coroutine for it.
        def heard(message: Any) -> Any:
            opened: _Open | None = scope["state"].get(OPEN)
            return send(message) if opened is None else self._heard(opened, message, scope, send)

        return heard

    async def _heard(self, opened: _Open, message: Any, scope: Any, send: Any) -> None:
        """Hear what is about to be answered; with the last of it, keep what became of the change."""
        opened.status = message.get("status", opened.status)
        if opened.needs_answer:
            opened.answer += message.get("body", b"")
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            del scope["state"][OPEN]
            await self._end(opened, scope)
        await send(message)

    async def _end(self, opened: _Open, scope: Any) -> None:
        """What was changed is changed: whoever did it is answered, even where the end can't be kept."""
        try:
            await self._book.end(opened.number, await _ended(opened, scope))
        except HeadwaterError as error:
            logger.warning("audit_entry_not_ended", number=opened.number, reason=error.message)


async def _ended(opened: _Open, scope: Any) -> Ended:
    is_personal, subject = opened.is_personal, opened.subject
    if opened.is_refused:
        error = _reason(opened.answer, is_personal=is_personal)
        return Ended(status=opened.status, subject=subject, is_personal=is_personal, error=error)
    if opened.audited.counted is not None:
        after: bytes | None = _counted(opened.answer, opened.audited.counted)
    elif opened.looks_at is None:
        after = _without_people(withholding.from_answer(opened.answer), opened.audited)
    else:
        after = await _seen(scope, opened.looks_at, opened.audited, opened.principal)
    return Ended(status=opened.status, subject=subject, is_personal=is_personal, after=after)


async def _seen(scope: Any, path: str, audited: Audited, principal: Principal) -> bytes | None:
    seen = await looking.look(scope["litestar_app"], scope, path, query=audited.query, principal=principal)
    return _without_people(seen, audited)


def _without_people(document: bytes | None, audited: Audited) -> bytes | None:
    if document is None or audited.people is None:
        return document
    return withholding.from_list(document, audited.people)


def _reason(answer: bytes, *, is_personal: bool) -> str:
    """Return why it was refused; where the reason may hold what somebody is called, only which kind it is."""
    try:
        error = msgspec.json.decode(answer)["error"]
        return str(error["id"] if is_personal else error["reason"])[:LONGEST_REASON]
    except (msgspec.DecodeError, KeyError, TypeError):
        return ""


def _counted(answer: bytes, name: str) -> bytes:
    """Return how many of which action an answer's list has; how many there are, where none says what was done."""
    listed = msgspec.json.decode(answer, type=dict[str, msgspec.Raw])[name]
    counts = Counter(row.action for row in msgspec.json.decode(listed, type=list[_Row | None]) if row is not None)
    return msgspec.json.encode({name: counts if any(counts) else counts.total()})


def _project_of(connection: Connection, permission: str) -> str | None:
    if permission in IDENTITY_PERMISSIONS:
        project_id: str | None = connection.app.state.get("project_id")
        return project_id
    named = connection.path_params.get("id_or_slug") if connection.scope["path"].startswith(PROJECTS) else None
    return None if named is None else str(named)


def _subject_of(before: bytes | None, *, is_personal: bool) -> str | None:
    """Return whose session, say, it is."""
    shown = msgspec.json.decode(before) if before is not None and is_personal else None
    whose = shown.get("identity") if isinstance(shown, dict) else None
    return _id_or_none(whose.get("id")) if isinstance(whose, dict) else None


def _id_or_none(value: Any) -> str | None:
    return str(value).lower()[:LONGEST_ID] if value else None
