"""Sample occasions to try an Action's Jsonnet on, and what may be missing from them. Pure.

Who makes them is the room that knows people; this one knows how to take things out of them again.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

import msgspec

from headwater.actions.chain import Trigger
from headwater.actions.occasion import Occasion

Path = tuple[str, ...]

MISSING, NULL, EMPTY = "missing", "null", "empty"


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """An occasion that has everything, of a person of this schema, and the same ones with less.

    `bare` are what real ones may lack, each in its way. `elsewhere` are members of ctx that other triggers have and
    this one never does. `open` are objects of which nobody knows the members: they are the client's or the operator's.
    """

    schema_id: str
    full: Occasion
    bare: tuple[Occasion, ...] = ()
    elsewhere: dict[str, Any] = {}
    open: tuple[Path, ...] = ()


class Samples(Protocol):
    """Who has samples."""

    def __call__(self, trigger: Trigger) -> Sequence[Sample]:
        """Return what may happen at `trigger`: one for each identity schema."""
        ...


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that may be missing (or null, or empty) where a full sample has it."""

    path: Path
    how: str


def gaps(full: dict[str, Any], bare: dict[str, Any]) -> list[Gap]:
    """Return how `bare` is less than `full`, what is missing whole as one."""
    return list(_gaps(full, bare, path=()))


def _gaps(full: dict[str, Any], bare: dict[str, Any], *, path: Path) -> Iterator[Gap]:
    for name, value in full.items():
        here = (*path, name)
        if name not in bare:
            yield Gap(path=here, how=MISSING)
        elif bare[name] is None and value is not None:
            yield Gap(path=here, how=NULL)
        elif isinstance(value, list) and value and bare[name] == []:
            yield Gap(path=here, how=EMPTY)
        elif isinstance(value, dict) and isinstance(bare[name], dict):
            yield from _gaps(value, bare[name], path=here)


def with_gaps(ctx: dict[str, Any], torn: Iterable[Gap]) -> dict[str, Any]:
    """Return a copy of `ctx` in which these are missing."""
    for gap in torn:
        ctx = _with_gap(ctx, gap, gap.path)
    return ctx


def _with_gap(holder: dict[str, Any], gap: Gap, path: Path) -> dict[str, Any]:
    name, *rest = path
    if rest:
        return {**holder, name: _with_gap(holder[name], gap, tuple(rest))}
    if gap.how == MISSING:
        return {key: value for key, value in holder.items() if key != name}
    return {**holder, name: None if gap.how == NULL else []}


def with_member(ctx: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """Return a copy of `ctx` that has `value` at `path`; the objects above it are made where they are missing."""
    name, *rest = path
    if not rest:
        return {**ctx, name: value}
    inner = ctx.get(name)
    return {**ctx, name: with_member(inner if isinstance(inner, dict) else {}, tuple(rest), value)}


def written(path: Path) -> str:
    """Return the Jsonnet that reads what stands at `path` of ctx."""
    return "ctx" + "".join(f".{name}" if name.isidentifier() and name.isascii() else f"[{name!r}]" for name in path)
