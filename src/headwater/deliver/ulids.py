"""ULIDs for tools that know an event again by nothing else: made from its message id, the same one for every try."""

import hashlib
import re
from typing import Any

from headwater.deliver import moments

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ULID = re.compile(f"[0-7][{CROCKFORD}]{{25}}")
ULID_CHARS, CHAR_BITS, TIME_BITS, HASH_BITS = 26, 5, 48, 80


def of_message(message_id: str, timestamp: Any) -> str:
    """Return a message id as a ULID: itself where it is one, else its time and its hash."""
    if ULID.fullmatch(message_id.upper()):
        return message_id.upper()
    digest = hashlib.sha256(message_id.encode()).digest()[: HASH_BITS // 8]
    at_ms = max(moments.milliseconds(timestamp) or 0, 0) % (1 << TIME_BITS)
    number = at_ms << HASH_BITS | int.from_bytes(digest)
    places = reversed(range(ULID_CHARS))
    return "".join(CROCKFORD[number >> CHAR_BITS * place & (1 << CHAR_BITS) - 1] for place in places)
