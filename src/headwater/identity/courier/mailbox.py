"""The messages of a project, for operators: what was sent to whom, and what became of it."""

import base64
import binascii
from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, select

from headwater.core import clock, ids
from headwater.core.errors import BadRequestError, NotFoundError
from headwater.core.secrets import Sealer, UnsealError
from headwater.identity.config.courier_config import CourierConfig
from headwater.identity.config.live import Current
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.courier import contents, ledger
from headwater.identity.courier import mail as mails
from headwater.identity.courier.channels.choice import is_captured
from headwater.identity.courier.mail import Dispatch, Message
from headwater.identity.people.identifiers import normalised
from headwater.store.database import Database
from headwater.store.tables import courier_messages

DEFAULT_PAGE_SIZE = 250
MOST_PER_PAGE = 1000
# Whatever the size asked for, a page ends here: a thousand of the largest messages would fill the memory.
MOST_PAGE_BYTES = 8 * 1024 * 1024
READ_AT_ONCE = 50
WITHHELD = "<redacted-unless-dev-mode>"  # Kratos's words
WITHHELD_OF_OPERATOR = "<withheld: it is an operator's; an admin's workspace key shows it>"
UNREADABLE = "<unreadable: it was sealed with another secret.key>"
FAILED_CODE, FAILED_STATUS = 500, "Internal Server Error"

View = dict[str, Any]
# Addresses of a project to which the mail isn't for whoever asks. It is asked in the transaction that has read the
# messages: of somebody who is named an operator meanwhile nothing is shown.
Withheld = Callable[[Connection, str], frozenset[str]]


class MessageNotFoundError(NotFoundError):
    """There is no message with this id in the project."""


class BadMessageListingError(BadRequestError):
    """These parameters don't make a listing."""


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Which messages are wanted; "" is any."""

    status: str = ""
    recipient: str = ""


class MessagePage(msgspec.Struct, frozen=True, kw_only=True):
    """Part of a list. `next_token` is None on the last."""

    views: tuple[View, ...]
    size: int
    next_token: str | None = None


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """What may be shown of what a message says."""

    subject: str
    body: str
    html_body: str = ""


def from_nobody(_connection: Connection, _project_id: str) -> frozenset[str]:
    """Withhold nothing."""
    return frozenset()


class Mailbox:
    """Reads messages; bodies only of captured mail, which nobody but operators gets, unless it `shows_words`."""

    def __init__(self, *, database: Database, current: Current, sealer: Sealer, shows_words: bool = False) -> None:
        self._database = database
        self._current = current
        self._sealer = sealer
        self._shows_words = shows_words

    async def page(
        self, filters: Filters, *, size: int, token: str | None, withheld: Withheld = from_nobody
    ) -> MessagePage:
        """Return messages before `token`, the newest first; without words those to an address that is `withheld`.

        Raises BadMessageListingError.
        """
        if not 1 <= size <= MOST_PER_PAGE:
            raise BadMessageListingError(f"page_size must be between 1 and {MOST_PER_PAGE}, not {size}.")
        if filters.status and filters.status not in mails.STATUSES:
            raise BadMessageListingError(f"status must be one of {', '.join(mails.STATUSES)}.")
        before = _place(token) if token else None
        config = await self._current.config()
        wanted = _newest_first(filters, before=before, project_id=config.project_id)

        def query(connection: Connection) -> tuple[list[Message], bool, frozenset[str]]:
            found, has_more = _bounded(connection, wanted, size=size)
            return found, has_more, withheld(connection, config.project_id)

        shown, has_more, addresses = await self._database.read(query)
        next_token = _token(shown[-1]) if has_more else None
        views = tuple(self._view(message, config.courier, addresses) for message in shown)
        return MessagePage(views=views, size=size, next_token=next_token)

    async def get(self, message_id: str, *, withheld: Withheld = from_nobody) -> View:
        """Return one message with its tries. Raises MessageNotFoundError, BadMessageListingError."""
        message, addresses, config = await self._found(message_id, withheld)
        view = self._view(message, config.courier, addresses)
        if message.dispatches:
            view["dispatches"] = [_dispatch(item, message.id) for item in message.dispatches]
        return view

    async def words(self, message_id: str, *, withheld: Withheld = from_nobody) -> View:
        """Return all that one message says: `html` is empty for one without such a part, and where words are withheld.

        Raises MessageNotFoundError, BadMessageListingError.
        """
        message, addresses, config = await self._found(message_id, withheld)
        said = self._words(message, config.courier, addresses)
        return {"subject": said.subject, "plaintext": said.body, "html": said.html_body}

    async def _found(self, message_id: str, withheld: Withheld) -> tuple[Message, frozenset[str], IdentityConfig]:
        if not ids.is_uuid(message_id):
            raise BadMessageListingError("The id of a message is a UUID.")
        config = await self._current.config()

        def query(connection: Connection) -> tuple[Message, frozenset[str]]:
            c = courier_messages.c
            wanted = select(*ledger.COLUMNS).where(c.id == message_id.lower(), c.project_id == config.project_id)
            row = connection.execute(wanted).one_or_none()
            if row is None:
                raise MessageNotFoundError
            found = ledger.message(row, ledger.dispatches_of(connection, row.id))
            return found, withheld(connection, config.project_id)

        return *await self._database.read(query), config

    def _view(self, message: Message, config: CourierConfig, withheld: frozenset[str]) -> View:
        said = self._words(message, config, withheld)
        return {
            "id": message.id,
            "status": message.status,
            "type": message.type,
            "recipient": message.recipient,
            "subject": said.subject,
            "body": said.body,
            "template_type": message.template_type,
            "channel": message.channel,
            "send_count": message.send_count,
            "created_at": _time(message.created_at_ms),
            "updated_at": _time(message.updated_at_ms),
        }

    def _words(self, message: Message, config: CourierConfig, withheld: frozenset[str]) -> Words:
        if normalised(message.recipient) in withheld:
            return Words(subject=WITHHELD_OF_OPERATOR, body=WITHHELD_OF_OPERATOR)
        if not self._shows_words and not is_captured(message.channel, config=config):
            return Words(subject=WITHHELD, body=WITHHELD)
        if message.sealed is None:
            return Words(subject=message.subject, body="")
        try:
            said = contents.unseal(message.sealed, message_id=message.id, sealer=self._sealer)
        except UnsealError:
            return Words(subject=message.subject, body=UNREADABLE)
        return Words(subject=said.subject, body=said.body, html_body=said.html_body)


def _newest_first(filters: Filters, *, before: tuple[int, str] | None, project_id: str) -> Select[tuple[object, ...]]:
    c = courier_messages.c
    wanted = select(*ledger.COLUMNS).where(c.project_id == project_id)
    if filters.status:
        wanted = wanted.where(c.status == filters.status)
    if filters.recipient:
        wanted = wanted.where(c.recipient == filters.recipient)
    if before is not None:
        moment, message_id = before
        is_older = (c.created_at_ms < moment) | ((c.created_at_ms == moment) & (c.id < message_id))
        wanted = wanted.where(c.created_at_ms <= moment, is_older)
    return wanted.order_by(c.created_at_ms.desc(), c.id.desc())


def _bounded(connection: Connection, wanted: Select[tuple[object, ...]], *, size: int) -> tuple[list[Message], bool]:
    """Return up to `size` messages, fewer if they are large but at least one, and whether there are more."""
    found: list[Message] = []
    total = 0
    for row in connection.execute(wanted.limit(size + 1)).yield_per(READ_AT_ONCE):
        if len(found) == size or total > MOST_PAGE_BYTES:
            return found, True
        found.append(ledger.message(row))
        total += len(found[-1].sealed or b"")
    return found, False


def _token(message: Message) -> str:
    return base64.urlsafe_b64encode(f"{message.created_at_ms} {message.id}".encode()).decode()


def _place(token: str) -> tuple[int, str]:
    try:
        moment, message_id = base64.urlsafe_b64decode(token.encode()).decode().split(" ")
        place = int(moment), message_id
    except (binascii.Error, ValueError):
        place = 0, ""
    if not ids.is_uuid(place[1]) or not 0 <= place[0] < 2**63:
        raise BadMessageListingError("page_token is none that a Link header gave. Leave it out to start again.")
    return place


def _dispatch(dispatch: Dispatch, message_id: str) -> View:
    moment = _time(dispatch.created_at_ms)
    view: View = {"id": dispatch.id, "message_id": message_id, "status": dispatch.status}
    if dispatch.error is not None:
        error = {"code": FAILED_CODE, "status": FAILED_STATUS, "reason": dispatch.error, "message": dispatch.error}
        view["error"] = error
    return {**view, "created_at": moment, "updated_at": moment}


def _time(milliseconds: int) -> str:
    return clock.iso_ms(clock.from_epoch_ms(milliseconds))
