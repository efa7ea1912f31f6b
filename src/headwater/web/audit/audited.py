"""How the audit log learns what a change changed: what a route's guard says of it, beside the permission."""

from typing import Any

import msgspec

READING = ("GET", "HEAD")


class Audited(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked at before a request and after it, by asking our own API.

    Without `above` that is what a GET of the same path answers; of a POST, which makes something new, nothing before,
    and its own answer after. `above` is how many segments up the path what is changed stands, for a POST, too; `query`
    goes with that GET. `counted` names a list in the answer of which only is kept how many of which `action` it has,
    or how many: for many people at once, whose names and ids must not outlive them here. `people` names a list beside
    other things, of which only is kept how many it has.
    """

    above: int | None = None
    query: str = ""
    counted: str | None = None
    people: str | None = None

    def looks_at(self, method: str, path: str) -> str | None:
        """Return the path of the GET, None where there is nothing to be asked for."""
        if self.counted is not None or (self.above is None and method == "POST"):
            return None
        bare = path.rstrip("/")
        return bare.rsplit("/", self.above)[0] if self.above else bare


PLAIN = Audited()


def is_change(scope: Any, permission: str) -> bool:
    """Tell whether a request with this permission changes something, unless its route says that it doesn't."""
    return scope["method"] not in READING and not permission.endswith(".read")
