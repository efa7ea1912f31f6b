"""Where in a mapping something stands, as a JSON pointer says it."""

Place = tuple[str, ...]

ROOT_KEY = "__segment_internal_directive"
MAPPING = "mapping"
_MOVED = 3  # the steps that Segment puts before the other keys of a mapping with a root directive


def pointer(place: Place) -> str:
    """Return the JSON pointer of `place` in the mapping as it was written; that of the whole is shown as `/`."""
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in _written(place)) or "/"


def _written(place: Place) -> Place:
    if ROOT_KEY not in place:
        return place
    at = place.index(ROOT_KEY)
    is_moved = len(place) >= at + _MOVED and place[at + _MOVED - 1] == MAPPING
    return place[:at] + _written(place[at + _MOVED :]) if is_moved else place
