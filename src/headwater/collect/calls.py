"""Which paths are the tracking API, and which call each of them is (reference/segment.md 1.2)."""

BATCH = "batch"

TYPES = ("identify", "track", "page", "screen", "group", "alias")

# The last two segments of a path decide, so that any prefix may stand in front.
PATHS = {
    **{f"v1/{kind}": kind for kind in TYPES},
    "v1/batch": BATCH,
    "v1/import": BATCH,
}


def call_of(path: str) -> str | None:
    """Return the call a path stands for, `batch` for a batch, None when it is not the tracking API's."""
    return PATHS.get("/".join(path.strip("/").rsplit("/", 2)[-2:]))


def is_tracking(path: str) -> bool:
    """Tell whether a path belongs to the tracking API, known call or not."""
    return path.startswith("/v1/") or call_of(path) is not None
