"""The inbound words: a call and its reply, free of any transport, so that a room's core is a plain function."""

import msgspec

JSON_HEADERS = (("content-type", "application/json"),)


class Call(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One inbound HTTP request. Header names are lower-case; `client_ip` follows the trusted-proxy rule."""

    method: str
    path: str
    query: str = ""
    headers: dict[str, str]
    body: bytes = b""
    client_ip: str = ""
    via: str | None = None


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a call."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = JSON_HEADERS
