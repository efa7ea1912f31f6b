"""Which addresses from a node may stand in a page, and how an origin is named in a policy header."""

import re
from typing import Any
from urllib.parse import urlsplit

WEB_SCHEMES = ("http", "https")
# Browsers drop tabs and line ends from an address and read `\` as `/`: both turn a harmless one into another.
UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
PICTURE = re.compile(r"data:image/(?:png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/]+={0,2}")
# What a policy header can name. Stricter than a URL: a `;` or a space in a host would begin a directive of its own.
ORIGIN = re.compile(r"https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?")


def href_or_none(address: Any) -> str | None:
    """Return an http or https URL, or a path on this host; None for anything else (`javascript:`, `//elsewhere`)."""
    if not isinstance(address, str) or UNSAFE.search(address):
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme in WEB_SCHEMES and parts.netloc:
        return address
    is_path = not parts.scheme and not parts.netloc and address.startswith("/")
    return address if is_path else None


def picture_or_none(source: Any) -> str | None:
    """Return the address of an image, or an image given in full."""
    if isinstance(source, str) and PICTURE.fullmatch(source):
        return source
    return href_or_none(source)


def origin_or_none(address: Any) -> str | None:
    """Return the origin of an http or https URL as a policy header names it; None when it can't be named there."""
    if href_or_none(address) is None:
        return None
    parts = urlsplit(address)
    origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower()
    return origin if ORIGIN.fullmatch(origin) else None
