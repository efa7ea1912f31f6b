"""Sources in a blueprint. A file names their write keys; it neither makes nor deletes any."""

from collections.abc import Iterator
from typing import Any

from msgspec import UNSET

from headwater.blueprint.changes import CREATE, DELETE, SOURCE, UPDATE, Change, Hands, Step, Thing, differences
from headwater.blueprint.document import WantedSource
from headwater.blueprint.live import Live
from headwater.blueprint.shape import refuse
from headwater.core.errors import HeadwaterError
from headwater.workspace import sources
from headwater.workspace.configuration import Source
from headwater.workspace.slugs import checked_slug, slug_of
from headwater.workspace.sources import SourceChange

DEFAULT_KIND = "http-api"
NEW = {"enabled": True, "strict": False, "rate_limit": None}


def slug(wanted: WantedSource) -> str:
    """Return the slug that the source in the file has. Raises BlueprintError."""
    try:
        return checked_slug(wanted.slug) if wanted.slug is not None else slug_of(wanted.name or "")
    except HeadwaterError as error:
        raise refuse(wanted.path, error.message) from None


def plan(wanted: list[WantedSource], live: Live) -> list[Step]:
    """Return the steps to what the file says. Raises BlueprintError."""
    known = {one.slug: one for one in live.sources}
    taken: dict[str, str] = {}
    steps = []
    for one in wanted:
        its_slug = slug(one)
        if its_slug in taken:
            raise refuse(one.path, f"the source {its_slug!r} stands in {taken[its_slug]}, too.")
        taken[its_slug] = one.path
        steps += _update(one, known[its_slug]) if its_slug in known else [_create(one, its_slug)]
    return steps


def lacking(wanted: list[WantedSource], live: Live) -> list[Source]:
    """Return the sources that the file lacks."""
    slugs = {slug(one) for one in wanted}
    return [one for one in live.living_sources if one.slug not in slugs]


def delete(source: Source) -> Step:
    def perform(hands: Hands) -> None:
        sources.delete_source(hands.connection, source.id, clock=hands.clock)

    return Step(change=Change(action=DELETE, kind=SOURCE, name=source.slug), perform=perform)


def notes(wanted: list[WantedSource], live: Live) -> Iterator[str]:
    """Say of each write key that the file names, and that isn't there, that a file makes none."""
    known = {one.slug: {key.id for key in one.write_keys} for one in live.living_sources}
    for one in wanted:
        strange = [key for key in one.write_keys if key not in known.get(slug(one), set())]
        if strange:
            yield (
                f"{one.path}/write_keys: {slug(one)} has no write key {', '.join(strange)}. The server makes write"
                f" keys, never a file; `headwater list write-keys {slug(one)}` shows those there are."
            )


def thing(source: Source) -> Thing:
    return Thing(kind=SOURCE, name=source.slug)


def shown(source: Source) -> dict[str, Any]:
    """Return a source as a file has it."""
    return {
        "slug": source.slug,
        "name": source.name,
        "kind": source.kind,
        "enabled": source.enabled,
        "strict": source.strict,
        "rate_limit": source.rate_limit,
        "write_keys": [key.id for key in source.write_keys],
    }


def _create(wanted: WantedSource, its_slug: str) -> Step:
    kind = wanted.kind or DEFAULT_KIND
    if kind not in sources.KINDS:
        raise refuse(f"{wanted.path}/kind", f"there is no source kind {kind!r}. There are {', '.join(sources.KINDS)}.")
    name = wanted.name if wanted.name is not None else its_slug
    view = {"slug": its_slug, "name": name, "kind": kind} | NEW | _said(wanted)

    def perform(hands: Hands) -> None:
        sources.create(
            hands.connection,
            name,
            kind=kind,
            strict=view["strict"],
            rate_limit=view["rate_limit"],
            clock=hands.clock,
            slug=its_slug,
        )
        if not view["enabled"]:
            sources.update_source(hands.connection, its_slug, SourceChange(enabled=False))

    change = Change(action=CREATE, kind=SOURCE, name=its_slug, changes=differences({}, view))
    return Step(change=change, perform=perform)


def _update(wanted: WantedSource, source: Source) -> list[Step]:
    if source.deleted_at_ms is not None:
        raise refuse(
            wanted.path, f"there was a source {source.slug!r}, and its events keep that name. Choose another slug."
        )
    if wanted.kind not in (None, source.kind):
        raise refuse(f"{wanted.path}/kind", f"{source.slug!r} is a source of kind {source.kind}, and stays one.")
    before = {key: value for key, value in shown(source).items() if key in ("name", *NEW)}
    found = differences(before, before | _said(wanted))
    if not found:
        return []
    change = SourceChange(**_said(wanted))

    def perform(hands: Hands) -> None:
        sources.update_source(hands.connection, source.id, change)

    return [Step(change=Change(action=UPDATE, kind=SOURCE, name=source.slug, changes=found), perform=perform)]


def _said(wanted: WantedSource) -> dict[str, Any]:
    """Return what the file says of a source, checked, in the form in which it is kept."""
    said: dict[str, Any] = {"enabled": wanted.enabled, "strict": wanted.strict, "rate_limit": wanted.rate_limit}
    kept = {key: value for key, value in said.items() if value is not UNSET}
    if wanted.name is not None:
        kept["name"] = wanted.name
    try:
        sources.check(SourceChange(**kept))
    except HeadwaterError as error:
        raise refuse(wanted.path, error.message) from None
    if "rate_limit" in kept:
        kept["rate_limit"] = kept["rate_limit"] or None
    return kept
