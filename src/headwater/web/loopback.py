"""What counts as this very machine, when a name or an address says so. Pure.

No name is looked up: whoever owns a name decides where it points, and may change that between two looks.
"""

import ipaddress

LOCALHOST = "localhost"


def is_loopback(name: str) -> bool:
    """Tell whether `name` (lower-case, without port and brackets) can mean nothing but this machine."""
    if name == LOCALHOST:
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
