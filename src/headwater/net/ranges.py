"""What kind of place an IP address is, by the IANA special-purpose registries. Pure."""

import enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address


class Kind(enum.Enum):
    """The value completes the sentence "<address> is …"."""

    PUBLIC = "a public address"
    LOOPBACK = "this machine's loopback"
    PRIVATE = "in a private network"
    METADATA = "link-local or a cloud's metadata service"
    RESERVED = "in a range reserved for special purposes"


# Cloud metadata and control services that live outside the link-local ranges: they hand out credentials.
METADATA_SERVICES = frozenset(
    {
        ip_address("100.100.100.200"),  # Alibaba Cloud
        ip_address("168.63.129.16"),  # Azure, though it looks public
        ip_address("192.0.0.192"),  # Oracle Cloud
        ip_address("fd00:ec2::254"),  # AWS
        ip_address("fd20:ce::254"),  # Google Cloud
    }
)
LINK_LOCAL_V4 = IPv4Network("169.254.0.0/16")
LINK_LOCAL_V6 = IPv6Network("fe80::/10")
LOOPBACK_V4 = IPv4Network("127.0.0.0/8")
LOOPBACK_V6 = IPv6Address("::1")
PRIVATE_V4 = tuple(IPv4Network(text) for text in ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16"))
PRIVATE_V6 = IPv6Network("fc00::/7")
RESERVED_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
GLOBAL_UNICAST_V6 = IPv6Network("2000::/3")
RESERVED_INSIDE_GLOBAL_V6 = tuple(
    # The first holds Teredo, the third is 6to4: both carry an IPv4 address of the sender's choosing.
    IPv6Network(text)
    for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)
NAT64 = IPv6Network("64:ff9b::/96")
LOW_32_BITS = 0xFFFFFFFF


def parse(text: str) -> Address:
    """Return the address a socket would really reach. ValueError when `text` is not an address.

    `::ffff:127.0.0.1` and NAT64's `64:ff9b::7f00:1` are other spellings of an IPv4 address; judging them as
    IPv6 would let every refused IPv4 address back in.
    """
    address = ip_address(text.partition("%")[0])  # a zone (fe80::1%eth0) is no part of what it is
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in NAT64:
        return IPv4Address(int(address) & LOW_32_BITS)
    return address


def kind_of(address: Address) -> Kind:
    """Return what kind of place `address` (from `parse`) is."""
    if address in METADATA_SERVICES:
        return Kind.METADATA
    return _kind_of_v4(address) if isinstance(address, IPv4Address) else _kind_of_v6(address)


def _kind_of_v4(address: IPv4Address) -> Kind:
    if address in LINK_LOCAL_V4:
        return Kind.METADATA
    if address in LOOPBACK_V4:
        return Kind.LOOPBACK
    if any(address in network for network in PRIVATE_V4):
        return Kind.PRIVATE
    if any(address in network for network in RESERVED_V4):
        return Kind.RESERVED
    return Kind.PUBLIC


def _kind_of_v6(address: IPv6Address) -> Kind:
    if address in LINK_LOCAL_V6:
        return Kind.METADATA
    if address == LOOPBACK_V6:
        return Kind.LOOPBACK
    if address in PRIVATE_V6:
        return Kind.PRIVATE
    if address not in GLOBAL_UNICAST_V6:
        return Kind.RESERVED
    if any(address in network for network in RESERVED_INSIDE_GLOBAL_V6):
        return Kind.RESERVED
    return Kind.PUBLIC
