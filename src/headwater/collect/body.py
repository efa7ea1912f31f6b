"""From bytes to a JSON object, whatever the content type says, within bounds (reference/segment.md 1.4, 1.6)."""

import zlib
from typing import Any

import msgspec

from headwater.core.errors import BadRequestError

SINGLE_MAX_BYTES = 32 * 1024
BATCH_MAX_BYTES = 512_000  # Java's and Ruby's clients fill 500 KiB; documented as 500 KB
GZIP_WINDOW = 16 + zlib.MAX_WBITS

_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder()


class BadBodyError(BadRequestError):
    """The body is not a JSON object."""

    code = "invalid_json"


class BodyTooLargeError(BadRequestError):
    """The body is too large."""

    code = "request_too_large"


class BodyTooSlowError(BadRequestError):
    """The body did not arrive in time."""

    code = "request_too_slow"


def parse(body: bytes, *, encoding: str | None, max_bytes: int) -> dict[str, Any]:
    """Return the JSON object in `body`. Raises BadBodyError or BodyTooLargeError."""
    if encoding == "gzip":
        body = _gunzip(body, max_bytes)
    elif encoding not in (None, "", "identity"):
        raise BadBodyError(f"Content-Encoding {encoding!r} is not known here; send gzip, or none.")
    if len(body) > max_bytes:
        raise BodyTooLargeError(f"The body is {len(body)} bytes; this call takes at most {max_bytes}.")
    try:
        value = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadBodyError(f"The body is not valid JSON: {error}") from error
    if not isinstance(value, dict):
        raise BadBodyError("The body must be a JSON object.")
    return value


def _gunzip(body: bytes, max_bytes: int) -> bytes:
    """Decompress no further than one byte past the cap: a bomb never unfolds."""
    inflater = zlib.decompressobj(GZIP_WINDOW)
    try:
        plain = inflater.decompress(body, max_bytes + 1)
    except zlib.error as error:
        raise BadBodyError(f"The body is not valid gzip: {error}") from error
    if not inflater.eof and len(plain) <= max_bytes:
        raise BadBodyError("The body is not valid gzip: it ends too early.")
    return plain
