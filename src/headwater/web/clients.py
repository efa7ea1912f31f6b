"""Who is calling, and by which name they called us: the trusted-proxy rule and the Host allow-list. Pure."""

import dataclasses
import functools
import ipaddress
import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from headwater.core.errors import SettingsError
from headwater.web import loopback, project_hosts, refusals
from headwater.web.call import Reply

Network = IPv4Network | IPv6Network
# A peer on a Unix socket has no address. It must not look like loopback, nor like a call from within.
NO_ADDRESS = "unix"
LOOPBACK_NAME = "localhost"
BAD_REQUEST, MISDIRECTED = 400, 421
REMEMBERED_HOSTS = 1024
LONGEST_HOST = 260  # a name of 253 characters and a port
HOST = re.compile(r"(?P<name>[a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?")


def proxies(texts: Iterable[str]) -> tuple[Network, ...]:
    """Return the networks of trusted proxies, given as addresses or networks. SettingsError names a bad one."""
    return tuple(_network(text) for text in texts)


def client_ip(peer: str, forwarded_for: str | None, *, trusted: Sequence[Network]) -> str:
    """Return the client's address: the rightmost one that is not a trusted proxy of ours.

    Everything left of it was written by whoever it belongs to. Without a trusted peer the header says nothing.
    """
    nearest = peer or NO_ADDRESS
    if not trusted or not forwarded_for or not is_trusted(nearest, trusted=trusted):
        return nearest
    for entry in reversed(forwarded_for.split(",")):
        address = _address(entry)
        if address is None:
            break
        nearest = str(address)
        if not _is_inside(address, trusted):
            break
    return nearest


def is_trusted(ip: str, *, trusted: Sequence[Network]) -> bool:
    """Tell whether `ip` belongs to a trusted proxy."""
    address = _address(ip) if trusted else None
    return address is not None and _is_inside(address, trusted)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HostRule:
    """The names we answer to, whatever the port. Any other name may be mallory's, pointed at us (DNS rebinding).

    `names` are exact host names; `api.`, `project.` and `<slug>.projects.` may stand in front of each. Addresses and
    `localhost` are always ours: nobody can point those at somebody else. With `is_open` every well-formed name is; with
    `is_loopback_only` nothing but loopback addresses and `localhost`.
    """

    names: frozenset[str] = frozenset()
    is_open: bool = False
    is_loopback_only: bool = False

    def refusal(self, *hosts: str | None) -> Reply | None:
        """Return the refusal for a request that names these `hosts` (its authority and its Host), or None."""
        for host in hosts:
            if host and len(host) > LONGEST_HOST:  # never remembered: a thousand of them would fill the memory
                return _malformed()
        return _refusal(self, hosts)

    def is_ours(self, name: str) -> bool:
        """Tell whether `name` (lower-case, without port) is one of ours."""
        if self.is_loopback_only and not self.is_open:
            return loopback.is_loopback(name)
        return self.is_open or any(
            candidate in self.names or _is_fixed(candidate) for candidate in (name, project_hosts.without_labels(name))
        )


def disagreement(authority: str | None, host: str | None) -> Reply | None:
    """Return the refusal for a request whose line names another host than its Host header does, or None.

    As to a proxy: `GET http://a/ HTTP/1.1`. Which project is asked goes by the Host alone; whoever looked at the other
    name before us, and let it pass, would have been deceived.
    """
    if not authority or _without_port(authority) == _without_port(host or ""):
        return None
    message = "The request line and the Host header must name the same host."
    return refusals.reply(BAD_REQUEST, code="bad_host", message=message)


def _without_port(host: str) -> str:
    match = HOST.fullmatch(host.lower())
    return match["name"].rstrip(".") if match else host


# Every request asks, and nearly all of them ask the same.
@functools.lru_cache(maxsize=REMEMBERED_HOSTS)
def _refusal(rule: HostRule, hosts: tuple[str | None, ...]) -> Reply | None:
    given = [host for host in hosts if host]
    if not given:
        return refusals.reply(BAD_REQUEST, code="bad_host", message="The request has no Host header.")
    for host in given:
        match = HOST.fullmatch(host.lower())
        if match is None:
            return _malformed()
        if not rule.is_ours(match["name"].rstrip(".").strip("[]")):
            return refusals.reply(
                MISDIRECTED,
                code="unknown_host",
                message=f"This server does not answer to {match['name']}. {_way_out(rule)}",
            )
    return None


def _way_out(rule: HostRule) -> str:
    return "Call it by localhost." if rule.is_loopback_only else "Add it to HEADWATER_ALLOWED_HOSTS."


def _malformed() -> Reply:
    return refusals.reply(BAD_REQUEST, code="bad_host", message="The Host header is malformed.")


def _is_fixed(name: str) -> bool:
    return name == LOOPBACK_NAME or _address(name) is not None


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise SettingsError(f"{text!r} is neither an address nor a network, such as 10.0.0.0/8.") from None


def _address(entry: str) -> IPv4Address | IPv6Address | None:
    """Return the address in an entry such as `1.2.3.4`, `1.2.3.4:80`, `2001:db8::1` or `[2001:db8::1]:80`."""
    text = entry.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_inside(address: IPv4Address | IPv6Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)
