"""What the server itself knows of the one who sends: address and browser (reference/segment.md 1.11).

It becomes part of the event only where the sender is the person: from websites and apps, from pixels, and where
`context.direct` says so. A server's address says nothing about its users.
"""

import functools
import ipaddress
from typing import Any

import msgspec

from headwater.web.call import Call
from headwater.workspace.configuration import CLIENT_SIDE_KINDS, Source

REMEMBERED_ADDRESSES = 1024
# It goes into every event of a batch. Browsers send 100 to 300.
MAX_USER_AGENT_CHARACTERS = 1024


class Sender(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who sends a call. `is_person`: from a device of the person whom the events are about."""

    ip: str
    user_agent: str | None
    is_person: bool

    def describe(self, context: dict[str, Any]) -> None:
        """Complete an event's context, in place. What it says already stays, be it null or 0.0.0.0 on purpose."""
        if (self.is_person or context.get("direct") is True) and "ip" not in context:
            ip = ipv4_or_none(self.ip)
            if ip is not None:
                context["ip"] = ip
        if self.is_person and self.user_agent and "userAgent" not in context:
            context["userAgent"] = self.user_agent


def of(call: Call, source: Source, *, is_pixel: bool) -> Sender:
    """Return who sent `call` to `source`."""
    user_agent = call.headers.get("user-agent")
    return Sender(
        ip=call.client_ip,
        user_agent=user_agent and user_agent[:MAX_USER_AGENT_CHARACTERS],
        is_person=is_pixel or source.kind in CLIENT_SIDE_KINDS,
    )


@functools.lru_cache(maxsize=REMEMBERED_ADDRESSES)
def ipv4_or_none(text: str) -> str | None:
    """Return an address if it is IPv4, be it in IPv6's clothes. IPv6 addresses are not collected."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    return str(address) if isinstance(address, ipaddress.IPv4Address) else None
