"""How an identity-config is refused or doubted: always with the path, never with a value that may be a secret."""

import difflib
from collections.abc import Collection
from typing import Any

import msgspec

from headwater.core.errors import HeadwaterError


class ConfigProblem(HeadwaterError):  # noqa: N818  the name the other rooms were given
    """The identity-config is wrong. `path` says where."""

    code = "bad_identity_config"
    status = 400


class NotSupportedYet(ConfigProblem):
    """Ory has this; this release of Headwater doesn't do it yet, and does not pretend to."""

    code = "not_supported_yet"


# Ory's clients take no word for a `code`, and refuse the whole answer with it: its number says only what it is.
RFC_7234_MISCELLANEOUS_WARNING = 299


class ConfigWarning(msgspec.Struct, frozen=True, kw_only=True):
    """Accepted, but perhaps not what the operator means."""

    code: str
    message: str


def shown(warning: ConfigWarning) -> dict[str, Any]:
    """Return Ory's `warning`, with our word for it as its `id`."""
    return {"id": warning.code, "code": RFC_7234_MISCELLANEOUS_WARNING, "message": warning.message}


def problem(path: str, reason: str, **context: Any) -> ConfigProblem:
    """Return the refusal of what stands at `path`; `reason` reads on from it."""
    return ConfigProblem(f"{path} {reason}.", path=path, reason=reason, **context)


def not_supported(path: str, reason: str) -> NotSupportedYet:
    """Return the refusal of what Ory would run and this release wouldn't."""
    return NotSupportedYet(f"{path} {reason}.", path=path, reason=reason)


def unknown(path: str, name: str, *, what: str, allowed: Collection[str]) -> ConfigProblem:
    """Return the refusal of a name that is none of `allowed`, with the one that was probably meant."""
    close = difflib.get_close_matches(name, allowed, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    names = ", ".join(sorted(allowed)) or "none"
    reason = f"is an unknown {what}"
    message = f"{path} {reason}: {name!r}.{hint} Allowed: {names}."
    nearest = close[0] if close else None
    return ConfigProblem(message, path=path, reason=reason, found=name, allowed=sorted(allowed), nearest=nearest)


def escape(key: str) -> str:
    """Return `key` as one step of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")
