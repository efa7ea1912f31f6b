"""The section `headwater` of a failed test's report: what left, what was stored, what was not, and why."""

from collections.abc import Callable, Mapping
from typing import Any

from headwater.core.errors import HeadwaterError
from headwater.testing import one_line
from headwater.testing.emulator import Emulator

MOST_LINES = 20
LINES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "requests": one_line.request,
    "events": one_line.event,
    "mails": one_line.mail,
    "bad events": one_line.bad_event,
    "not delivered": one_line.delivery,
    "logger": one_line.logged,
}
SHOWN_IF_ANY = ("not delivered", "logger")


def of(emulator: Emulator) -> str:
    """Return what is to be said; of an emulator that doesn't answer, that."""
    try:
        found = emulator.glance()
    except HeadwaterError as error:
        return error.message
    return "\n".join(line for name, some in found.items() for line in _part(name, some))


def _part(name: str, some: list[dict[str, Any]]) -> list[str]:
    if not some and name in SHOWN_IF_ANY:
        return []
    shown = some[-MOST_LINES:]
    more = [f"  … {len(some) - len(shown)} before"] if len(some) > len(shown) else []
    return [f"{name}: {len(some) or 'none'}", *more, *(f"  {LINES[name](one)}" for one in shown)]
