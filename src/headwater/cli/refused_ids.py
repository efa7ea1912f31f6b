"""What could not be done to several things, in one line: who shares a reason is named together. Pure."""

from collections.abc import Mapping


def told(refused: Mapping[str, str]) -> str:
    """Return the line for `refused`, id by reason, such as `a, b: There is no such person.`."""
    alike: dict[str, list[str]] = {}
    for thing, reason in refused.items():
        alike.setdefault(reason, []).append(thing)
    return "; ".join(f"{', '.join(things)}: {reason}" for reason, things in alike.items())
