"""A message as Ory's user interfaces read it: they translate by id, so ids and context keys are the contract."""

from typing import Any

import msgspec

INFO = "info"
ERROR = "error"
SUCCESS = "success"


class UiText(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message. Its `id` never changes its meaning; `context` holds what the text was filled in with."""

    id: int
    text: str
    type: str
    context: dict[str, Any] | None = None


class Complaint(msgspec.Struct, frozen=True, kw_only=True):
    """A message and the UI node it belongs to; the empty name means the flow as a whole."""

    node: str = ""
    message: UiText


def info(id: int, text: str, **context: Any) -> UiText:  # noqa: A002  Ory's word
    """Return something to know."""
    return UiText(id=id, text=text, type=INFO, context=context or None)


def error(id: int, text: str, **context: Any) -> UiText:  # noqa: A002  Ory's word
    """Return something to mend."""
    return UiText(id=id, text=text, type=ERROR, context=context or None)


def success(id: int, text: str, **context: Any) -> UiText:  # noqa: A002  Ory's word
    """Return something that went well."""
    return UiText(id=id, text=text, type=SUCCESS, context=context or None)
