"""From bytes to JSON, whatever the content type says, within bounds (reference/segment.md 1.4, 1.6)."""

import re
import zlib
from typing import Any, TypeVar

import msgspec

from headwater.core.errors import BadRequestError, UnavailableError

SINGLE_MAX_BYTES = 32 * 1024
BATCH_MAX_BYTES = 512_000  # Java's and Ruby's clients fill 500 KiB; documented as 500 KB
GZIP_WINDOW = 16 + zlib.MAX_WBITS
GZIP_NAMES = ("gzip", "x-gzip")
# Each member costs a copy of what follows it: a body made of empty ones would keep us busy for minutes.
MAX_GZIP_MEMBERS = 64
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# Half a character, as JSON.stringify writes it where a page has cut a text through an emoji.
HALF_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")
# In this order: a whole pair, a half, and any other escape, so that in \\ud800 the second backslash begins nothing.
ESCAPE = re.compile(
    rb"(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|(\\.)"
)
REPLACEMENT = rb"\ufffd"


class BadBodyError(BadRequestError):
    """The body is not a JSON object."""

    code = "invalid_json"


class BodyTooLargeError(BadRequestError):
    """The body is too large."""

    code = "request_too_large"


class BodyTooSlowError(UnavailableError):
    """The body did not arrive in time. Nothing was stored; try again, on a better line or with less at once."""

    # 503 and not 400 or 408, for which some clients throw the events away: their line is slow, not their events bad.
    code = "request_too_slow"


NULL = msgspec.Raw(b"null")


class BatchBody(msgspec.Struct, kw_only=True):
    """A batch as it came: what goes into events is not decoded yet, so that its wire bytes can be measured."""

    batch: list[msgspec.Raw] | msgspec.UnsetType = msgspec.UNSET
    write_key: Any = msgspec.field(name="writeKey", default=None)
    sent_at: Any = msgspec.field(name="sentAt", default=None)
    context: msgspec.Raw = NULL
    integrations: msgspec.Raw = NULL


Json = TypeVar("Json")

_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder()
_batch_decoder = msgspec.json.Decoder(BatchBody)


def plain(body: bytes, *, encoding: str | None, max_bytes: int) -> bytes:
    """Return `body` without its content encoding. Raises BadBodyError or BodyTooLargeError."""
    if encoding:
        body = _decompressed(body, encoding.strip().lower(), max_bytes)
    if len(body) > max_bytes:
        raise BodyTooLargeError(f"The body is {len(body)} bytes; this call takes at most {max_bytes}.")
    return body.removeprefix(BYTE_ORDER_MARK)


def event_of(text: bytes | msgspec.Raw) -> dict[str, Any]:
    """Return the JSON object in `text`. Raises BadBodyError."""
    value = value_of(text)
    if not isinstance(value, dict):
        raise BadBodyError("The body must be a JSON object.")
    return value


def value_of(text: bytes | msgspec.Raw) -> Any:
    """Return the JSON value in `text`; half a character stands for the replacement character. Raises BadBodyError."""
    return _read(_decoder, text)


def batch_of(text: bytes) -> tuple[BatchBody, list[msgspec.Raw]]:
    """Return the batch in `text` and its items. Raises BadBodyError."""
    try:
        text.decode()  # the decoder doesn't look into what it skips
    except ValueError as error:
        raise BadBodyError(f"The body is not valid JSON: {error}") from error
    envelope = _read(_batch_decoder, text)
    if isinstance(envelope.batch, msgspec.UnsetType):
        raise BadBodyError("A batch needs `batch`, an array of messages.")
    return envelope, envelope.batch


def _read(decoder: msgspec.json.Decoder[Json], text: bytes | msgspec.Raw) -> Json:
    try:
        return decoder.decode(text)
    except msgspec.ValidationError as error:
        raise BadBodyError(f"A batch is an object with `batch`, an array of messages: {error}") from error
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        content = bytes(text)
        whole = ESCAPE.sub(_whole_character, content) if HALF_CHARACTER.search(content) else content
        if whole != content:
            return _read(decoder, whole)
        raise BadBodyError(f"The body is not valid JSON: {error}") from error


def _whole_character(escape: re.Match[bytes]) -> bytes:
    return REPLACEMENT if escape[2] else escape[0]


def _decompressed(body: bytes, encoding: str, max_bytes: int) -> bytes:
    if encoding in GZIP_NAMES:
        return _gunzip(body, max_bytes)
    if encoding in ("", "identity"):
        return body
    raise BadBodyError(f"Content-Encoding {encoding!r} is not known here; send gzip, or none.")


def _gunzip(body: bytes, max_bytes: int) -> bytes:
    """Decompress no further than one byte past the cap, over all members: a bomb never unfolds."""
    result = b""
    rest = body
    for _ in range(MAX_GZIP_MEMBERS):
        inflater = zlib.decompressobj(GZIP_WINDOW)
        try:
            result += inflater.decompress(rest, max_bytes + 1 - len(result))
        except zlib.error as error:
            raise BadBodyError(f"The body is not valid gzip: {error}") from error
        if len(result) > max_bytes:
            raise BodyTooLargeError(f"The body is more than {max_bytes} bytes when unpacked, the most this call takes.")
        if not inflater.eof:
            raise BadBodyError("The body is not valid gzip: it ends too early.")
        rest = inflater.unused_data.lstrip(b"\0")  # padding is allowed after the last member
        if not rest:
            return result
    raise BadBodyError(f"The body is gzip of more than {MAX_GZIP_MEMBERS} members; send it as one.")
