"""How a mapping is refused: always with the place, what was found there, and what may stand there."""

import difflib
from collections.abc import Collection
from typing import Any

from headwater.core.errors import HeadwaterError
from headwater.mapping.directives.places import Place, pointer

MOST_SHOWN = 40


class BadMappingError(HeadwaterError):
    """The mapping is wrong. `path` says where."""

    code = "bad_mapping"
    status = 400


def problem(place: Place, reason: str, **context: Any) -> BadMappingError:
    """Return the refusal of what stands at `place`; `reason` reads on from it."""
    return BadMappingError(f"{pointer(place)} {reason}.", path=pointer(place), reason=reason, **context)


def misfit(place: Place, *, found: str, allowed: str) -> BadMappingError:
    """Return the refusal of a value of the wrong kind."""
    return problem(place, f"must be {allowed}, not {found}", found=found, allowed=allowed)


def unknown(place: Place, name: str, *, allowed: Collection[str]) -> BadMappingError:
    """Return the refusal of a directive that doesn't exist, with the one that was probably meant."""
    close = difflib.get_close_matches(name, allowed, n=1)
    hint = f" Did you mean {close[0]}?" if close else ""
    reason = f"is no directive: {short(name)}"
    message = f"{pointer(place)} {reason}.{hint} Allowed: {', '.join(sorted(allowed))}."
    nearest = close[0] if close else None
    return BadMappingError(
        message, path=pointer(place), reason=reason, found=short(name), allowed=sorted(allowed), nearest=nearest
    )


def short(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"
