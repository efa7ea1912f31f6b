"""Slugs: the short names people type."""

import re

from headwater.core.errors import BadRequestError
from headwater.core.event import IDENTITY_SOURCE

MAX_SLUG = 64
RESERVED = {
    IDENTITY_SOURCE: "Headwater's own lifecycle events",
    "new": "the page that makes a new one",
}


def slug_of(name: str) -> str:
    """Return the slug of a name: lower case, letters and digits, dashes between. Raises BadRequestError."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:MAX_SLUG].strip("-")
    if not slug:
        raise BadRequestError(f"The name {name!r} needs at least one letter or digit (a-z, 0-9).")
    if slug in RESERVED:
        raise BadRequestError(f"The name {slug!r} is reserved for {RESERVED[slug]}; choose another.")
    return slug


def checked_slug(slug: str) -> str:
    """Return `slug`, which is the slug of itself. Raises BadRequestError."""
    if slug_of(slug) != slug:
        raise BadRequestError(f"{slug!r} is no slug: lower-case letters, digits and dashes, such as {slug_of(slug)!r}.")
    return slug
