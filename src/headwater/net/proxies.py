"""Proxies: which one a URL goes through, and what can be said of a target that only a proxy will look up. Pure.

Variables are handed over by the settings: nothing reads the environment.
"""

import dataclasses
import ipaddress
import socket
from collections.abc import Callable, Mapping

from yarl import URL

from headwater.net import hop
from headwater.net.outbound import BadOutboundRequestError

ProxyFor = Callable[[URL], str | None]
EVERY_HOST = "*"
FORM = "http://host:port or https://host:port, with user:password@ before the host where it wants them, and no path"
# What these names mean to a proxy is never meant by whoever names them.
WELL_KNOWN = {"localhost": "127.0.0.1", "metadata.google.internal": "169.254.169.254"}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """One proxy. `url` has no credentials."""

    url: URL
    user: str = dataclasses.field(default="", repr=False)
    password: str = dataclasses.field(default="", repr=False)

    @property
    def name(self) -> str:
        """Host and port: what may be said of it."""
        return self.url.host_port_subcomponent or ""

    @property
    def authorization(self) -> str | None:
        """The header with user and password, None where it has neither."""
        return hop.basic(self.user, self.password) if self.user or self.password else None


def parse(text: str) -> Proxy:
    """Return the proxy that `text` names. Raises BadOutboundRequestError, which repeats nothing of it."""
    try:
        url = hop.parse_url(text)
    except BadOutboundRequestError:
        raise BadOutboundRequestError(f"A proxy is {FORM}.") from None
    if url.raw_path not in ("", "/") or url.raw_query_string or url.raw_fragment or ":" in (url.user or ""):
        raise BadOutboundRequestError(f"A proxy is {FORM}.")
    return Proxy(url=url.with_user(None), user=url.user or "", password=url.password or "")


def literal_address(host: str) -> str | None:
    """Return the address that `host` is without being looked up, in whichever spelling; None for a name."""
    if host in WELL_KNOWN or host.endswith(".localhost"):
        return WELL_KNOWN.get(host, WELL_KNOWN["localhost"])
    try:
        return str(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))  # 2130706433, 0x7f.1 and 017700000001 are 127.0.0.1, too
    except (OSError, UnicodeEncodeError):
        return None


def from_variables(variables: Mapping[str, str]) -> ProxyFor:
    """Return the rule of `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, in either case, as curl reads them."""
    known = {name.lower(): value for name, value in variables.items() if value}
    exempt = [entry.strip().lower().lstrip(".") for entry in known.get("no_proxy", "").split(",")]

    def proxy_for(url: URL) -> str | None:
        proxy = known.get(f"{url.scheme}_proxy")
        if proxy is None or any(_covers(entry, url) for entry in exempt if entry):
            return None
        return proxy if "://" in proxy else f"http://{proxy}"

    return proxy_for


def _covers(entry: str, url: URL) -> bool:
    host = (url.host or "").lower()
    return entry in (EVERY_HOST, host, f"{host}:{url.port}") or host.endswith(f".{entry}")
