"""What a receiver may say to a hook that waits for it: change the identity, or stop the flow (reference/ory.md 1.7).

Read from its answer, or made from it by the hook's own `response.mapping`. Pure.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from headwater.core.errors import HeadwaterError

# A field that is here and empty leaves the identity's alone; `external_id` alone may be emptied.
REPLACED = (
    "traits",
    "schema_id",
    "state",
    "verifiable_addresses",
    "recovery_addresses",
    "metadata_public",
    "metadata_admin",
)
EXTERNAL_ID = "external_id"
UNREADABLE = "metadata_admin"
ERROR, INFO = "error", "info"
POINTER_START = "#/"
# Enough for any form; each is stored with the flow and shown.
MAX_MESSAGES = 100
MAX_NODE_CHARACTERS = 255

Edit = dict[str, Any]
NO_EDIT: Edit = {}


class BadReplyError(HeadwaterError):
    """What the receiver of an Action answered can't be read."""

    code = "bad_action_reply"
    status = 502


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to tell the person. `id` is the operator's own, for their translations."""

    id: int = 0
    text: str = ""
    type: str = ERROR
    context: dict[str, Any] | None = None


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong at one place of the form. `node` is a UI node's name, empty for the flow as a whole."""

    node: str
    messages: tuple[Message, ...]


class _Item(msgspec.Struct, frozen=True, kw_only=True):
    instance_ptr: str = ""
    messages: tuple[Message, ...] = ()


class _Refusal(msgspec.Struct, frozen=True, kw_only=True):
    messages: tuple[_Item, ...] = ()


class _Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Types only: whether values fit is the identity schema's to say."""

    traits: dict[str, Any] | None = None
    schema_id: str | None = None
    state: str | None = None
    verifiable_addresses: list[dict[str, Any]] | None = None
    recovery_addresses: list[dict[str, Any]] | None = None
    metadata_public: Any = None
    metadata_admin: Any = None
    external_id: str | msgspec.UnsetType | None = msgspec.UNSET


class _Change(msgspec.Struct, frozen=True, kw_only=True):
    identity: _Identity | None = None


class _MappedMessage(Message, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A message of a mapping: what isn't known is a mistake, and one here would let somebody in."""


class _MappedItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    messages: Annotated[tuple[_MappedMessage, ...], msgspec.Meta(min_length=1)]
    instance_ptr: str = ""


class _Mapped(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a hook's own mapping makes of an answer; null for nothing."""

    messages: tuple[_MappedItem, ...] = ()
    identity: _Identity | None = None


_mapped = msgspec.json.Decoder(_Mapped | None)
_refusals = msgspec.json.Decoder(_Refusal)
_changes = msgspec.json.Decoder(_Change)


def edit(body: bytes) -> Edit:
    """Return what a 200 changes of the identity, nothing if it names none. Raises BadReplyError."""
    if not body.strip():
        raise BadReplyError("The receiver's 200 is empty; response.parse reads JSON. Answer {} to change nothing.")
    try:
        found = _changes.decode(body).identity
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadReplyError(f"The receiver's 200 is not the JSON that response.parse reads: {_short(error)}") from None
    return NO_EDIT if found is None else _edit(found)


def mapped(text: str) -> tuple[tuple[Said, ...], Edit]:
    """Return why `response.mapping` stops the flow, empty if it doesn't, and what it changes. Raises BadReplyError."""
    try:
        found = _mapped.decode(text)
    except msgspec.DecodeError as error:
        raise BadReplyError(f"response.mapping must give identity, messages, both or null: {_short(error)}") from None
    if found is None:
        return (), NO_EDIT
    return _all_said(found.messages), NO_EDIT if found.identity is None else _edit(found.identity)


def _edit(found: _Identity) -> Edit:
    changed = {name: getattr(found, name) for name in REPLACED if getattr(found, name)}
    if found.external_id is not msgspec.UNSET:
        changed[EXTERNAL_ID] = found.external_id or None
    return changed


def said(body: bytes) -> tuple[Said, ...]:
    """Return why the receiver stops the flow. Raises BadReplyError if it gives no reason that people can be told."""
    try:
        items = _refusals.decode(body).messages
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadReplyError(f"The receiver's refusal is not the JSON that Ory reads: {_short(error)}") from None
    found = _all_said(items)
    if not found:
        raise BadReplyError("The receiver refused without saying why: its JSON has no messages.")
    return found


def applied(identity: dict[str, Any], changes: Edit) -> dict[str, Any]:
    """Return an identity as the hooks after this one see it."""
    visible = {name: value for name, value in changes.items() if name != UNREADABLE}
    return {**identity, **visible}


def _all_said(items: Sequence[_Item | _MappedItem]) -> tuple[Said, ...]:
    """Return what is said at each place, the first MAX_MESSAGES messages in all."""
    found: list[Said] = []
    left = MAX_MESSAGES
    for item in items:
        said = _said(item, at_most=left)
        left -= len(said.messages)
        found += [said] if said.messages else []
    return tuple(found)


def _said(item: _Item | _MappedItem, *, at_most: int) -> Said:
    typed = tuple(
        message if message.type == ERROR else msgspec.structs.replace(message, type=INFO)
        for message in item.messages[:at_most]
    )
    return Said(node=_node(item.instance_ptr)[:MAX_NODE_CHARACTERS], messages=typed)


def _node(pointer: str) -> str:
    """Return the UI node that a JSON pointer means: `#/traits/email` is `traits.email`; anything else is a name."""
    if not pointer.startswith(POINTER_START):
        return pointer.strip()
    return ".".join(_unescaped(part) for part in pointer.removeprefix(POINTER_START).split("/"))


def _unescaped(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")


def _short(error: Exception) -> str:
    return str(error).removesuffix(".") + "."
