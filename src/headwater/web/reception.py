"""What the front reads off a request before anybody else sees it: headers, client and scheme, proxies considered."""

import functools
from collections.abc import Sequence

import msgspec

from headwater.web import clients
from headwater.web.clients import Network
from headwater.web.rsgi import Scope

# Only a trusted proxy may say these; from anybody else they are dropped, so that nothing behind believes them.
PROXY_HEADERS = ("x-forwarded-", "x-real-ip", "forwarded")
COOKIE = "cookie"
SCHEMES = ("http", "https")
REMEMBERED_PEERS = 1024


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
    peer, port = _peer(scope.client)
    is_behind_proxy = bool(trusted) and clients.is_trusted(peer, trusted=trusted)
    ip = clients.client_ip(peer, headers.get("x-forwarded-for"), trusted=trusted) if is_behind_proxy else peer
    given = scope.scheme
    scheme = headers.get("x-forwarded-proto", given) if is_behind_proxy else given
    if not is_behind_proxy and [name for name in headers if name.startswith(PROXY_HEADERS)]:
        pairs = [(name, value) for name, value in pairs if not name.startswith(PROXY_HEADERS)]
        headers = joined(pairs)
    return Arrival(
        pairs=pairs,
        headers=headers,
        client_ip=ip or clients.NO_ADDRESS,
        client_port=0 if is_behind_proxy else port,
        scheme=scheme if scheme in SCHEMES else given,
        is_http1=scope.http_version.startswith("1"),
    )


# A connection that is kept alive asks again and again.
@functools.lru_cache(maxsize=REMEMBERED_PEERS)
def _peer(client: str) -> tuple[str, int]:
    peer, _, port = client.rpartition(":")
    return peer.strip("[]"), int(port) if port.isdigit() else 0


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
