"""Which project a host name means: every project lives at `<slug>.projects.<host>`, as in Ory Network. Pure.

Only the leading labels count (DESIGN, "The black-box contract"): what follows them is the front's allow-list's
business.
"""

import re
from urllib.parse import urlsplit, urlunsplit

from headwater.web import loopback

OWN_LABELS = re.compile(r"(?:(?:api|project)|(?P<slug>[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)\.projects)\.")
ANY_ADDRESS = frozenset({"0.0.0.0", "::"})
LOCALHOST = "localhost"


def slug_or_none(host: str) -> str | None:
    """Return the slug in a Host header, None where it names no project."""
    match = OWN_LABELS.match(host.lower())
    return match["slug"] if match else None


def without_labels(name: str) -> str:
    """Return a host name without the labels that are ours: `api.`, `project.` or `<slug>.projects.`."""
    return OWN_LABELS.sub("", name, count=1) if OWN_LABELS.match(name) else name


def host_of(slug: str, *, home: str) -> str:
    """Return the host, with its port, of a project on the server at `home`.

    An address can't carry labels, but this machine's can be called by name: `localhost`.
    """
    parts = urlsplit(home)
    name = parts.hostname or LOCALHOST
    if loopback.is_loopback(name) or name in ANY_ADDRESS:
        name = LOCALHOST
    port = f":{parts.port}" if parts.port else ""
    return f"{slug}.projects.{f'[{name}]' if ':' in name else name}{port}"


def url_of(slug: str, *, home: str) -> str:
    """Return the address of a project on the server at `home`."""
    return urlunsplit((urlsplit(home).scheme, host_of(slug, home=home), "", "", ""))
