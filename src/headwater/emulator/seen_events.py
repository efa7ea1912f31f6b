"""Events as a test sees them: in the sender's own words, and which of them it asks for. Pure."""

from typing import Any

import msgspec

from headwater.core.event import Stored
from headwater.emulator.desk import Wanted

IDENTITY = "identity"


def shown(stored: Stored, slug: str) -> dict[str, Any]:
    """Return an event as it was stored; what begins with `_` is ours: its source, where it is, which way it came."""
    event: dict[str, Any] = msgspec.json.decode(stored.record.body)
    return {**event, "_source": slug, "_offset": stored.offset, "_via": stored.record.via}


def fits(wanted: Wanted, event: dict[str, Any], slug: str) -> bool:
    """Tell whether it is asked for. Identity's own events are where their source is named."""
    return (
        (slug == wanted.source if wanted.source else slug != IDENTITY)
        and wanted.type in (None, event.get("type"))
        and wanted.event in (None, event.get("event"), event.get("name"))
        and wanted.user_id in (None, event.get("userId"))
    )
