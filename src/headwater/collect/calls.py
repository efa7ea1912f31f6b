"""Which paths are the tracking API, and what each of them asks for (reference/segment.md 1.2).

Any prefix may stand in front of `/v1/…`. Clients append `/b` or `/t` to whatever they were told, so that `/v1` may be
missing, too: then a post to a call's name is ours, unless it begins like a path of the application.
"""

import msgspec

BATCH = "batch"

TYPES = ("identify", "track", "page", "screen", "group", "alias")

# What a path asks for.
EVENTS = "events"
METRICS = "metrics"
PIXEL = "pixel"
SETTINGS = "settings"
BUNDLE = "bundle"
CHUNK = "chunk"
INTEGRATION = "integration"

GET, HEAD, POST, OPTIONS = "GET", "HEAD", "POST", "OPTIONS"
READS = frozenset({GET, HEAD})
WRITES = frozenset({POST})
BARE_METHODS = frozenset({POST, OPTIONS})
VERSION_PATH = "/v1/"


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """What a path asks for. `name` is the call, the pixel's call or the chunk's file; `prefix` stood before it all."""

    what: str
    name: str = ""
    write_key: str = ""
    prefix: str = ""

    @property
    def methods(self) -> frozenset[str]:
        return WRITES if self.what in (EVENTS, METRICS) else READS


# analytics.js posts to the first letter of the type: p is page, s screen, a alias. b is its batch.
_CALLS = {
    **{kind: Route(what=EVENTS, name=kind) for kind in TYPES},
    **{kind[0]: Route(what=EVENTS, name=kind) for kind in TYPES},
    **{name: Route(what=EVENTS, name=BATCH) for name in ("b", BATCH, "import")},
    "m": Route(what=METRICS),
}
_BARE = {**{f"/{name}": route for name, route in _CALLS.items()}, "/import/": _CALLS["import"]}  # Java ends in a slash
_EXACT: dict[str, Route] = {**_BARE, **{f"{VERSION_PATH}{name}": route for name, route in _CALLS.items()}}
# Where the application's own paths begin: there a last word such as `page` is not a call.
APPLICATION = frozenset(
    {
        "self-service",
        "sessions",
        "schemas",
        ".well-known",
        "health",
        "version",
        "admin",
        "projects",
        "workspaces",
        "oauth2",
        "error",
        "api",
        "console",
        "ui",
        "metrics",
    }
)
_SCRIPTS = ("analytics.min.js", "analytics.classic.js")


def route_of(path: str) -> Route | None:
    """Return what a path asks for, None when it is not the tracking API's."""
    return _EXACT.get(path) or (_read(path) if _may_be_ours(path) else None)


def call_of(path: str) -> str | None:
    """Return the call that a path for events stands for, `batch` for a batch, None for any other path."""
    route = route_of(path)
    return route.name if route is not None and route.what == EVENTS else None


def is_tracking(path: str, method: str = POST) -> bool:
    """Tell whether a request is the tracking API's to answer, be it to refuse it."""
    if path.startswith(VERSION_PATH):
        return True
    # Without /v1 a path is ours as a call only: whatever page stands under the same name is the application's.
    route = route_of(path)
    return route is not None and (method in BARE_METHODS or not _is_bare(path, route))


def _is_bare(path: str, route: Route) -> bool:
    return route.what in (EVENTS, METRICS) and VERSION_PATH not in path


def _read(path: str) -> Route | None:
    """Read a path that has a prefix, a trailing slash or something to say: from its end."""
    found: Route | None = None
    match path.strip("/").split("/"):
        case [*before, "v1", name] if name in _CALLS:
            found = msgspec.structs.replace(_CALLS[name], prefix=_prefix(before))
        case [*before, "v1", "pixel", name] if name in TYPES:
            found = Route(what=PIXEL, name=name, prefix=_prefix(before))
        case [*before, "v1", "projects", write_key, "settings"]:
            found = Route(what=SETTINGS, write_key=write_key, prefix=_prefix(before))
        case [*before, "analytics.js", "v1", write_key, name] if name in _SCRIPTS:
            found = Route(what=BUNDLE, name=name, write_key=write_key, prefix=_prefix(before))
        case [*before, "analytics-next", "bundles", name]:
            found = Route(what=CHUNK, name=name, prefix=_prefix(before))
        case [*before, "next-integrations", "integrations", name, _, _]:
            found = Route(what=INTEGRATION, name=name, prefix=_prefix(before))
        case [first, *others, name] if name in _CALLS and first not in APPLICATION:
            found = msgspec.structs.replace(_CALLS[name], prefix=_prefix([first, *others]))
    return found


def _may_be_ours(path: str) -> bool:
    """Tell, at a tenth of what reading it takes, whether a path could be one: every page's and flow's is asked."""
    if "v1/" in path or "bundles/" in path or "integrations/" in path:
        return True
    return path.rstrip("/").rpartition("/")[2] in _CALLS


def _prefix(segments: list[str]) -> str:
    return "".join(f"/{segment}" for segment in segments)
