"""By which names Ory's command line calls this server, and what to do where those names don't resolve.

It puts labels in front of the host that it is given (`api.`, `<slug>.projects.`), so that an address can't be given;
this machine's own are called `localhost` instead. Whether `*.localhost` leads here is up to the operating system.
"""

import ipaddress
import socket
from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit

from headwater.cli.usage import UsageError
from headwater.web import loopback

LOCALHOST = "localhost"
THIS_MACHINE = "127.0.0.1"
EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})

Resolve = Callable[[str], str | None]


def resolve(name: str) -> str | None:
    """Return an address of `name`, as the operating system says, or None."""
    try:
        return str(socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)[0][4][0])
    except OSError:
        return None


def home(url: str) -> str:
    """Return `url` as the ory CLI can take it. Raises UsageError for an address that isn't this machine's."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if loopback.is_loopback(host) or host in EVERY_ADDRESS:
        host = LOCALHOST
    elif _is_address(host):
        raise UsageError(
            f"The ory CLI calls api.{host}, which can't exist. Call the server by a name: --url http://NAME:PORT."
        )
    return f"{parts.scheme}://{host}{_port(parts)}"


def advice(home: str, *, slug: str, resolve: Resolve = resolve) -> list[str]:
    """Return what to do so that the ory CLI finds the server; nothing where it will as it is."""
    parts = urlsplit(home)
    host = parts.hostname or LOCALHOST
    if resolve(f"api.{host}") is not None:
        return []
    address = THIS_MACHINE if host == LOCALHOST else resolve(host) or "ADDRESS"
    lines = [
        f"api.{host} does not resolve here, so the ory CLI won't find this server. Add a line to /etc/hosts:",
        f"  {address} api.{host} project.{host} {slug}.projects.{host}",
    ]
    if parts.scheme == "http":
        lines += [
            "or, where that file isn't yours, have this server asked as its own proxy:",
            f"  alias ory='HTTP_PROXY={parts.scheme}://{address}{_port(parts)} ory'",
        ]
    return lines


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _port(parts: SplitResult) -> str:
    return f":{parts.port}" if parts.port else ""
