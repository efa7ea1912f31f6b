"""The outbound policy (DESIGN decision 12): which addresses a request may be sent to, and why not.

A verdict needs the resolved address and the URL, and nothing else, so it can be tested as a table. Only the
default of `is_own_address` asks the operating system something.
"""

import dataclasses
import errno
import socket
from collections.abc import Callable
from urllib.parse import unquote

import msgspec
from yarl import URL

from headwater.net import globs, ranges
from headwater.net.address_rules import NO_RULES, AddressRules
from headwater.net.ranges import Kind

EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})
TRACKING_PREFIX = "/v1/"
# The paths that SDKs use when their host setting carries no /v1 (reference/segment.md 1.2).
TRACKING_WORDS = ("identify", "track", "page", "screen", "group", "alias", "batch", "import", "import/")
TRACKING_LETTERS = "bitpsgam"
TRACKING_PATHS = frozenset(f"/{word}" for word in (*TRACKING_WORDS, *TRACKING_LETTERS))
# A longer URL is no exception: looking would be work that whoever redirects us there has chosen.
MAX_EXCEPTED_LETTERS = 2_048
HOW_TO_ALLOW = (
    "Name its URL in clients.http.private_ip_exception_urls; or allow all such addresses with"
    " HEADWATER_PRIVATE_ADDRESSES, where clients.http.disallow_private_ip_ranges isn't true."
)


def is_own_address(ip: str) -> bool:
    """Tell whether `ip` is an address of this machine: only those can be bound."""
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((ip, 0))
    except OSError as error:
        return error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
    return True


class Clearance(msgspec.Struct, frozen=True, kw_only=True):
    """All that a verdict takes from the URL and from who asks.

    Connections are pooled per clearance, so one that was opened for `/v1/track` can't be reused for `/admin`, nor one
    project's to a private address by another that refuses those.
    """

    is_tracking: bool = False
    may_be_private: bool = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AddressPolicy:
    """Who may be called.

    `exceptions` are URL globs over scheme, host and path whose private addresses are allowed;
    `own_listeners` are the (ip, port) pairs this installation listens on, where `0.0.0.0` and `::` stand for
    every address of this machine.
    """

    allow_private: bool = False
    exceptions: tuple[str, ...] = ()
    own_listeners: frozenset[tuple[str, int]] = frozenset()
    is_own_address: Callable[[str], bool] = is_own_address

    def __post_init__(self) -> None:
        """Find a malformed glob or listener now, not at the first call."""
        for glob in self.exceptions:
            globs.compile_glob(glob)
        for host, _ in self.own_listeners:
            ranges.parse(host)

    def verdict(self, ip: str, port: int, url: str, *, rules: AddressRules = NO_RULES) -> str | None:
        """Return why a request for `url` under `rules` may not go to `ip`, or None when it may."""
        return self.refusal(ip, port, clearance=self.clearance(URL(url), rules=rules))

    def clearance(self, url: URL, *, rules: AddressRules = NO_RULES) -> Clearance:
        """Return what `url` is allowed to whoever asks under `rules`, wherever it leads."""
        may_be_private = self.allow_private and not rules.refuses_private
        if not _is_plain(url.raw_path):
            return Clearance(may_be_private=may_be_private)
        where = f"{url.scheme}://{url.host_port_subcomponent}{url.raw_path}"
        return Clearance(
            is_tracking=url.raw_path.startswith(TRACKING_PREFIX) or url.raw_path in TRACKING_PATHS,
            may_be_private=may_be_private or _is_among((*self.exceptions, *rules.exceptions), where),
        )

    def refusal(self, ip: str, port: int, *, clearance: Clearance) -> str | None:
        """Return why nothing with this `clearance` may go to `ip`, or None when it may."""
        try:
            address = ranges.parse(ip)
        except ValueError:
            return f"{ip} is not an IP address."
        kind = ranges.kind_of(address)
        if kind in (Kind.METADATA, Kind.RESERVED):
            return f"{ip} is {kind.value}; it is never called."
        if self._is_own_listener(address, port):
            return None if clearance.is_tracking else _own_listener(ip, port)
        if kind is Kind.PUBLIC or clearance.may_be_private:
            return None
        return f"{ip} is {kind.value}. {HOW_TO_ALLOW}"

    def _is_own_listener(self, address: ranges.Address, port: int) -> bool:
        hosts = [host for host, own_port in self.own_listeners if own_port == port]
        if any(host not in EVERY_ADDRESS and ranges.parse(host) == address for host in hosts):
            return True
        return not EVERY_ADDRESS.isdisjoint(hosts) and self.is_own_address(str(address))


def _is_among(exceptions: tuple[str, ...], where: str) -> bool:
    return len(where) <= MAX_EXCEPTED_LETTERS and any(globs.matches(glob, where) for glob in exceptions)


def _own_listener(ip: str, port: int) -> str:
    return f"{ip}:{port} is this Headwater itself; only its tracking API (/v1/*) may be called."


def _is_plain(raw_path: str) -> bool:
    # /v1/..%2Fadmin begins with /v1/ for us and may mean /admin to a receiver that decodes before routing.
    path = unquote(raw_path)
    return "\\" not in path and not {".", ".."} & set(path.split("/"))
