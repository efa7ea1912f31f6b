"""Who a visitor was before they were somebody: the id that analytics gave them, tied to the person by their events."""

import re
from typing import Any
from urllib.parse import unquote

from headwater.identity.flows.inbound import Inbound

# Segment's browser library keeps it here, as JSON text (`"…"`), percent-encoded by older releases.
COOKIE = "ajs_anonymous_id"
MEMBERS = ("anonymousId", "anonymous_id")
MAX_LENGTH = 255
PLAUSIBLE = re.compile(r"[\x21-\x7e]+")


def id_or_none(inbound: Inbound, transient_payload: dict[str, Any] | None) -> str | None:
    """Return the anonymous id that came with a flow: said by the client, else the SDK's cookie."""
    said = [(transient_payload or {}).get(member) for member in MEMBERS]
    cookie = unquote(inbound.cookies.get(COOKIE, "")).strip('"')
    return next((text for text in (*said, cookie) if isinstance(text, str) and _is_plausible(text)), None)


def _is_plausible(text: str) -> bool:
    return len(text) <= MAX_LENGTH and PLAUSIBLE.fullmatch(text) is not None
