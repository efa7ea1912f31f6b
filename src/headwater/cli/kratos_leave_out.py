"""`--leave-out /path`: a part of a kratos.yml that its owner does without, so that the rest can be imported."""

from collections.abc import Iterator, Sequence
from typing import Any

from headwater.cli.kratos_findings import LEFT_OUT, Finding
from headwater.cli.usage import UsageError


def leave_out(document: dict[str, Any], pointers: Sequence[str]) -> list[Finding]:
    """Take what stands at `pointers` out of `document`. Raises UsageError for a place where nothing stands."""
    places = [_place(document, pointer) for pointer in dict.fromkeys(pointers)]
    # From the end, as the pointers are those of the file: what is taken out of a list moves what comes after it.
    for holder, key in sorted(places, key=lambda place: str(place[1]).rjust(20), reverse=True):
        del holder[key]
    return [Finding(path=pointer, outcome=LEFT_OUT, advice="as you said") for pointer in dict.fromkeys(pointers)]


def _place(document: dict[str, Any], pointer: str) -> tuple[Any, str | int]:
    steps = list(_steps(pointer))
    holder: Any = document
    for step in steps[:-1]:
        holder = holder[_key(holder, step, pointer)]
    return holder, _key(holder, steps[-1], pointer)


def _key(holder: Any, step: str, pointer: str) -> str | int:
    if isinstance(holder, dict) and step in holder:
        return step
    if isinstance(holder, list) and step.isdecimal() and int(step) < len(holder):
        return int(step)
    raise UsageError(f"--leave-out {pointer}: nothing stands there in the file.")


def _steps(pointer: str) -> Iterator[str]:
    if not pointer.startswith("/"):
        raise UsageError(f"--leave-out takes a path such as /selfservice/flows/login/before; {pointer!r} is none.")
    for step in pointer[1:].split("/"):
        yield step.replace("~1", "/").replace("~0", "~")
