"""The kit that kinds of destinations are written with: one file a kind, most of it data.

A kind turns an event into payloads (its default mapping, pure; an operator's own mapping takes its place), and its
actions turn payloads into requests and answers into outcomes. Nothing here sends.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from headwater.core.outcomes import Filtered, Outcome, Rejected
from headwater.core.secrets import Secret
from headwater.deliver import fields
from headwater.deliver.fields import BadDestinationSettingsError, Field, Settings
from headwater.deliver.patience import DESTINATION_PATIENCE, Patience
from headwater.net.classify import classify_status
from headwater.net.outbound import Request, Response

__all__ = [
    "ALONE",
    "EVENT_TYPES",
    "Action",
    "BadDestinationSettingsError",
    "Batch",
    "Deletion",
    "Field",
    "Item",
    "Kind",
    "Limit",
    "Payload",
    "Reading",
    "Settings",
    "SmallerBatch",
    "check_settings",
    "read_by_general_rule",
    "sent_through",
]

EVENT_TYPES = frozenset({"identify", "track", "page", "screen", "group", "alias"})
ACTION = "action"
PROXY = "proxy"
COMMON_FIELDS = (
    Field(
        name=PROXY,
        label="Proxy",
        help="All that is sent to the tool goes through it, such as http://user:password@proxy.example.com:3128, and it"
        " looks up the tool's name.",
        type="proxy",
    ),
)

Payload = dict[str, Any]


class Item(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One payload on its way. `message_id` is its event's: the tool's own idempotency key, where it has one.

    Where an event has several payloads, `number` tells them apart, counting from 0.
    """

    payload: Payload
    message_id: str
    number: int = 0


class SmallerBatch(msgspec.Struct, frozen=True):
    """Some of these items are at fault, or there are too many: they are to be sent again in smaller batches."""

    reason: str
    status: int | None = None


Reading = Outcome | SmallerBatch | Sequence[Outcome | SmallerBatch]  # one for all items, or one for each


def read_by_general_rule(response: Response, _items: Sequence[Item] = ()) -> Outcome:
    """Read an answer by its status alone. A `Retry-After` date is measured by the receiver's own clock."""
    retry_after = response.header("retry-after")
    now = _date_of(response) if retry_after else None
    return classify_status(response.status, retry_after=retry_after, now=now)


def _date_of(response: Response) -> datetime | None:
    date = response.header("date")
    try:
        return parsedate_to_datetime(date) if date else None
    except ValueError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """How many items one request may carry. `bytes` bounds the sum of their payloads as JSON.

    A batch that isn't full waits up to `seconds` for more.
    """

    items: int
    bytes: int = 500_000
    seconds: float = 0.0


ALONE = Batch(items=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One call of the tool. A payload is an action's when its `action` key names it; without one, the kind's first's.

    `request` puts items into one request, `read` says what its answer means for each. Where `batch` allows more than
    one, only items of the same `key` travel together. `refusal` says why a payload could never be sent, None for one
    that may be: what the tool would refuse, or worse, would take without a word. `Filtered`: nobody is wrong.
    """

    name: str
    title: str
    request: Callable[[Sequence[Item], Settings], Request]
    read: Callable[[Response, Sequence[Item]], Reading] = read_by_general_rule
    batch: Callable[[Settings], Batch] = lambda _settings: ALONE
    key: Callable[[Payload, Settings], Hashable] = lambda _payload, _settings: None
    refusal: Callable[[Payload, Settings], str | Filtered | None] = lambda _payload, _settings: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """How the tool is asked to forget people: at most `people` of them in a request, known by `userId`."""

    request: Callable[[Sequence[str], Settings], Request]
    read: Callable[[Response], Outcome] = read_by_general_rule
    people: int = 1
    needs: str = ""  # what an operator has to have for it, such as another key


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A limit that the vendor documents, with the page that says so."""

    text: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a file in `destinations/` offers as `KIND`. `title` is the key in an event's integrations object.

    `payloads` is the default mapping: pure, given an event of one of `types` and settings that passed
    `check_settings`, it returns what to send, why nothing is sent, or why that event is wrong. `dedupe` names the
    tool's idempotency key, if it has one; without it an event that is sent twice counts twice. `requests_per_second`
    and `concurrency` (requests at the same time) are what the tool takes by its documentation, None where it says
    nothing. `patience`: for how long a failed delivery is tried. `max_age_seconds`: what happened longer ago is
    filtered, because the tool would drop or redate it without a word. `complaint` names a setting that doesn't fit the
    others, and what to do; secrets may only be named in them (`env:KEY`).
    `no_proxy` says, as a sentence, why nothing of it can go through a proxy.
    """

    name: str
    title: str
    summary: str
    category: str
    fields: tuple[Field, ...]
    payloads: Callable[[dict[str, Any], Settings], Sequence[Payload] | Filtered | Rejected]
    actions: tuple[Action, ...]
    types: frozenset[str] = field(default=EVENT_TYPES)
    dedupe: str = ""
    docs: str = ""
    deletion: Deletion | None = None
    limits: tuple[Limit, ...] = ()
    requests_per_second: float | None = None
    concurrency: int | None = None
    patience: Patience = DESTINATION_PATIENCE
    max_age_seconds: float | None = None
    no_proxy: str = ""
    is_beta: bool = False
    complaint: Callable[[Settings], tuple[str, str] | None] = lambda _settings: None

    @property
    def form(self) -> tuple[Field, ...]:
        """All its settings: its own, and those of every kind."""
        return self.fields if self.no_proxy else (*self.fields, *COMMON_FIELDS)

    def action_of(self, payload: Payload) -> tuple[Action | None, Payload]:
        """Return a payload's action, None where there is none of that name, and the payload without its `action`.

        Where a kind has one action, every payload is its, and `action` a key like any other.
        """
        if len(self.actions) == 1:
            return self.actions[0], payload
        rest = {name: value for name, value in payload.items() if name != ACTION}
        wanted = payload.get(ACTION, self.actions[0].name)
        return next((action for action in self.actions if action.name == wanted), None), rest


def sent_through(request: Request, settings: Settings) -> Request:
    """Return a request of a kind as it is sent with these settings, whose secrets are read."""
    proxy = settings.get(PROXY)
    return msgspec.structs.replace(request, proxy=Secret(proxy)) if proxy else request


def check_settings(kind: Kind, settings: Settings) -> dict[str, Any]:
    """Return `settings` with defaults filled in and texts turned into values. Raises BadDestinationSettingsError."""
    if kind.no_proxy and settings.get(PROXY):
        raise BadDestinationSettingsError(kind.no_proxy, field=PROXY)
    checked = fields.check(kind.form, settings, whose=kind.name)
    complaint = kind.complaint(checked)
    if complaint is not None:
        name, message = complaint
        raise BadDestinationSettingsError(message, field=name)
    return checked
