"""What the front reads off a request before anybody else sees it: headers, client and scheme, proxies considered."""

from collections.abc import Sequence

import msgspec

from headwater.web import clients
from headwater.web.clients import Network
from headwater.web.rsgi import Scope

# Only a trusted proxy may say these; from anybody else they are dropped, so that nothing behind believes them.
PROXY_HEADERS = ("x-forwarded-", "x-real-ip", "forwarded")
COOKIE = "cookie"
SCHEMES = ("http", "https")


class Arrival(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A request's outside. `pairs` keeps order and duplicates; in `headers` duplicates are joined."""

    pairs: list[tuple[str, str]]
    headers: dict[str, str]
    client_ip: str
    client_port: int
    scheme: str
    is_http1: bool


def receive(scope: Scope, *, trusted: Sequence[Network]) -> Arrival:
    """Return what `scope` says, as far as it can be believed."""
    pairs = scope.headers.items()
    headers = joined(pairs)
    peer, _, port = scope.client.rpartition(":")
    peer = peer.strip("[]")
    is_behind_proxy = clients.is_trusted(peer, trusted=trusted)
    ip = clients.client_ip(peer, headers.get("x-forwarded-for"), trusted=trusted)
    scheme = headers.get("x-forwarded-proto", scope.scheme) if is_behind_proxy else scope.scheme
    if not is_behind_proxy and [name for name in headers if name.startswith(PROXY_HEADERS)]:
        pairs = [(name, value) for name, value in pairs if not name.startswith(PROXY_HEADERS)]
        headers = joined(pairs)
    return Arrival(
        pairs=pairs,
        headers=headers,
        client_ip=ip,
        client_port=int(port) if port.isdigit() and not is_behind_proxy else 0,
        scheme=scheme if scheme in SCHEMES else scope.scheme,
        is_http1=scope.http_version.startswith("1"),
    )


def joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Return headers by name: duplicates joined as RFC 9110 allows, cookies with their own separator."""
    headers = dict(pairs)
    if len(headers) == len(pairs):
        return headers
    headers.clear()
    for name, value in pairs:
        separator = "; " if name == COOKIE else ", "
        headers[name] = f"{headers[name]}{separator}{value}" if name in headers else value
    return headers
