"""The pixel: an event in the address of an image, for mail and ads (reference/segment.md 1.9). Pure.

Whatever comes, a 1x1 transparent GIF is the answer: nobody wants a broken image in a letter.
"""

import base64
import binascii
from typing import Any
from urllib.parse import parse_qsl

from headwater.collect import body as bodies
from headwater.web.call import Reply

GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
MAX_FIELDS = 1_000
MAX_DEPTH = 10
DATA = "data"
WRITE_KEY = "writeKey"

REPLY = Reply(
    status=200,
    body=GIF,
    headers=(
        ("content-type", "image/gif"),
        # Every opening counts, so no copy may answer for us; and pages that isolate themselves may show it.
        ("cache-control", "no-store"),
        ("cross-origin-resource-policy", "cross-origin"),
    ),
)


def event_of(query: str) -> dict[str, Any]:
    """Return the event in a pixel's query: `data=<base64 JSON>`, or dotted keys. Raises BadBodyError."""
    try:
        fields = parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise bodies.BadBodyError(f"A pixel's address takes at most {MAX_FIELDS} fields.") from error
    data = next((value for key, value in fields if key == DATA), None)
    if data is None:
        if sum(len(key) + len(value) for key, value in fields) > bodies.SINGLE_MAX_BYTES:
            raise bodies.BodyTooLargeError
        return _nested(fields)
    event = bodies.event_of(_decoded(data))
    key = next((value for key, value in fields if key == WRITE_KEY), None)
    if key and not event.get(WRITE_KEY):
        event[WRITE_KEY] = key
    return event


def _decoded(data: str) -> bytes:
    """Return what base64 in either alphabet stands for; its padding may be missing, and its + have become a space."""
    text = data.translate({ord("-"): "+", ord("_"): "/", ord(" "): "+"}).rstrip("=")
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise bodies.BadBodyError(f"A pixel's data must be base64: {error}") from error
    return bodies.plain(decoded, encoding=None, max_bytes=bodies.SINGLE_MAX_BYTES)


def _nested(fields: list[tuple[str, str]]) -> dict[str, Any]:
    """Return `properties.subject=x` as `{"properties": {"subject": "x"}}`; of two that contradict, the later wins."""
    event: dict[str, Any] = {}
    for key, value in fields:
        *parents, last = key.split(".", MAX_DEPTH)
        place = event
        for parent in parents:
            inner = place.get(parent)
            if not isinstance(inner, dict):
                inner = place[parent] = {}
            place = inner
        place[last] = value
    return event
