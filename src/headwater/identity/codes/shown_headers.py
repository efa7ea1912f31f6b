"""What of a request's headers the message that it causes may name: those that the operator allow-listed. Pure."""

from headwater.actions.header_names import canonical
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows.inbound import Inbound

# What signs somebody in goes into no message, even if an operator allow-listed it.
WITHHELD = frozenset({"Authorization", "Cookie"})


def of(inbound: Inbound, *, config: IdentityConfig) -> dict[str, list[str]]:
    """Return the headers, by their canonical names."""
    names = {canonical(name) for name in config.header_allowlist} - WITHHELD
    headers = ((canonical(name), values) for name, values in inbound.headers.items())
    return {name: values for name, values in headers if name in names}
