"""How header names are spelled in `ctx` and on the wire: as Go spells them, `Content-Type`."""

import functools

from headwater.net.hop import TOKEN

REMEMBERED = 1024


# Every request brings the same few names.
@functools.lru_cache(maxsize=REMEMBERED)
def canonical(name: str) -> str:
    """Return `name` in Go's canonical spelling; a name that can't be one comes back unchanged."""
    if not TOKEN.fullmatch(name):
        return name
    return "-".join(part[:1].upper() + part[1:].lower() for part in name.split("-"))
