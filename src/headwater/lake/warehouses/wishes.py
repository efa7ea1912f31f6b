"""What somebody writes of a warehouse, in words, as it is kept: when it syncs, and what stays out. Pure."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from headwater.core import spans
from headwater.core.errors import BadRequestError
from headwater.core.event import IDENTITY_SOURCE
from headwater.lake import naming
from headwater.lake.warehouses import selection
from headwater.lake.warehouses.selection import EVERY, BadExclusionError

MANUAL = "manual"
DEFAULT_SCHEDULE = "1h"
MAX_EXCLUSIONS = 1_000


def schedule_seconds(text: str) -> int | None:
    """Return how often it syncs, None for when somebody asks. Raises BadRequestError."""
    if text == MANUAL:
        return None
    if (span := spans.read(text)) is None:
        raise BadRequestError(f"schedule is a time such as 15m, 1h or 1d, or {MANUAL}, not {text[:40]!r}.")
    return int(span.total_seconds())


def schedule_text(seconds: int | None) -> str:
    """Return it in words."""
    return MANUAL if seconds is None else spans.text(seconds)


def exclusions(texts: Sequence[str], *, slugs: Iterable[str]) -> list[str]:
    """Return what is excluded, its sources by the names of their schemas. Raises BadRequestError."""
    if len(texts) > MAX_EXCLUSIONS:
        raise BadRequestError(f"A warehouse has {MAX_EXCLUSIONS} exclusions at most.")
    names = {slug: naming.schema_of(slug) for slug in slugs}
    names |= {name: name for name in names.values()} | {EVERY: EVERY, IDENTITY_SOURCE: IDENTITY_SOURCE}
    return [_exclusion(text, names) for text in dict.fromkeys(texts)]


def _exclusion(text: str, names: Mapping[str, str]) -> str:
    try:
        found = selection.exclusion(text)
    except BadExclusionError as error:
        raise BadRequestError(str(error)) from None
    if found.source not in names:
        raise BadRequestError(f"There is no source {found.source!r} to exclude anything of ({text!r}).")
    return msgspec.structs.replace(found, source=names[found.source]).text
