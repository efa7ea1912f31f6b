"""A call that was refused as a whole, as the operator sees it: whose it was, as far as that shows, and what came.

A client throws such a call away and tells nobody. Only looked at after the refusal: nothing here is on the way of a
good call.
"""

import re

from headwater.collect import calls, credentials
from headwater.collect.tally import SAMPLE_CHARACTERS
from headwater.core.errors import HeadwaterError
from headwater.web.call import Call

# The body could not be read, so its key is what looks like one. It only says under which source this is counted.
KEY = re.compile(rb'"writeKey"\s{0,9}:\s{0,9}"([^"\\]{1,200})"')


def is_for_events(call: Call) -> bool:
    """Tell whether a refused call was to bring events."""
    return call.method == calls.POST and calls.call_of(call.path) is not None


def write_key(call: Call, error: HeadwaterError) -> str | None:
    """Return the write key of a refused call: its Basic user's, the batch's if it was read, or one in its text."""
    known = credentials.write_key(call.headers, error.context.get("write_key"))
    if known is not None:
        return known
    found = KEY.search(call.body)
    return found[1].decode(errors="replace") if found else None


def sample(call: Call, error: HeadwaterError) -> str:
    """Return why it was refused, and how it begins, unless it is packed."""
    if call.headers.get("content-encoding"):
        return error.message
    start = call.body[:SAMPLE_CHARACTERS].decode(errors="replace")
    return f"{error.message} {start}".rstrip()
