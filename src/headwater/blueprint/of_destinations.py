"""Destinations in a blueprint. What a file shows of their secrets stands for the values that are there."""

from typing import Any

import msgspec
from msgspec import UNSET

from headwater.blueprint.changes import (
    ANOTHER_VALUE,
    CREATE,
    DELETE,
    DESTINATION,
    UPDATE,
    Change,
    Hands,
    Step,
    Thing,
    differences,
)
from headwater.blueprint.document import WantedDestination
from headwater.blueprint.live import Live
from headwater.blueprint.shape import nearest, refuse
from headwater.core.errors import HeadwaterError
from headwater.deliver import catalogue, kept_settings, routing_document
from headwater.deliver.destination import Kind, check_settings
from headwater.deliver.kept_settings import Read
from headwater.deliver.routing_shape import BadRoutingError
from headwater.log.starts import NOW
from headwater.workspace import destinations
from headwater.workspace.configuration import Destination, Routing
from headwater.workspace.destinations import DestinationChange


class DestinationStep(msgspec.Struct, frozen=True, kw_only=True):
    """What changes of a destination. `routing` is what it will have; `after` what one that is there will be.

    `start`: from which event on a new one gets any.
    """

    path: str
    kind: Kind
    routing: Routing
    step: Step
    start: Any = NOW
    before: Destination | None = None
    after: Destination | None = None


def plan(wanted: list[WantedDestination], live: Live, *, slugs: set[str], read: Read) -> list[DestinationStep]:
    """Return the steps to what the file says; `slugs` are the sources that there will be. Raises BlueprintError.

    `read` gives the secrets that settings only name, to see that it can.
    """
    steps: list[DestinationStep] = []
    for one, found in matched(wanted, live):
        steps += [_create(one, slugs, read)] if found is None else _update(one, found, live, slugs, read)
    return steps


def matched(wanted: list[WantedDestination], live: Live) -> list[tuple[WantedDestination, Destination | None]]:
    """Return each destination in the file with the one that is there. Raises BlueprintError where that isn't clear."""
    taken: dict[str, str] = {}
    pairs = []
    for one in wanted:
        found = _find(one, live)
        key = found.id if found else f"{_kind(one).name} {_name(one)}"
        if key in taken:
            raise refuse(one.path, f"the destination {_name(one)!r} ({one.kind}) stands in {taken[key]}, too.")
        taken[key] = one.path
        pairs.append((one, found))
    return pairs


def lacking(wanted: list[WantedDestination], live: Live) -> list[Destination]:
    """Return the destinations that the file lacks."""
    kept = {found.id for _, found in matched(wanted, live) if found is not None}
    return [one for one in live.destinations if one.id not in kept]


def delete(destination: Destination) -> Step:
    def perform(hands: Hands) -> None:
        destinations.delete_destination(
            hands.connection,
            destination.id,
            newest_offset=hands.newest_offset,
            clock=hands.clock,
            sealer=hands.sealer,
        )

    return Step(change=Change(action=DELETE, kind=DESTINATION, name=destination.name), perform=perform)


def thing(destination: Destination) -> Thing:
    return Thing(kind=DESTINATION, name=destination.name)


def shown(destination: Destination, live: Live) -> dict[str, Any]:
    """Return a destination as a file has it; with its id where its name and kind don't tell it from another."""
    alike = [one for one in live.destinations if (one.name, one.kind) == (destination.name, destination.kind)]
    return {
        **({"id": destination.id} if len(alike) > 1 else {}),
        "name": destination.name,
        "kind": destination.kind,
        "enabled": destination.enabled,
        "sources": _slugs(destination, live),
        "settings": kept_settings.shown(catalogue.kinds().get(destination.kind), destination.settings),
        **routing_document.shown(destination.routing),
    }


def _find(wanted: WantedDestination, live: Live) -> Destination | None:
    if wanted.id is not None:
        found = next((one for one in live.destinations if one.id == wanted.id), None)
        if found is None:
            raise refuse(f"{wanted.path}/id", f"there is no destination {wanted.id!r}. Leave `id` out to make it anew.")
        if found.kind != wanted.kind:
            raise refuse(f"{wanted.path}/kind", f"{wanted.id} is a destination of kind {found.kind}, and stays one.")
        return found
    alike = [one for one in live.destinations if (one.name, one.kind) == (_name(wanted), wanted.kind)]
    if len(alike) > 1:
        ids = ", ".join(one.id for one in alike)
        raise refuse(wanted.path, f"{len(alike)} destinations are called {_name(wanted)!r}; say which by `id`: {ids}.")
    return alike[0] if alike else None


def _create(wanted: WantedDestination, slugs: set[str], read: Read) -> DestinationStep:
    kind = _kind(wanted)
    if wanted.sources is None:
        raise refuse(wanted.path, "`sources` is missing: a destination needs at least one.")
    sources = _known(wanted, slugs)
    settings, routing = _settings(wanted, None, read), _routing(wanted, Routing())
    is_on = wanted.enabled is not False
    name = _checked_name(wanted)
    view = {"name": name, "kind": kind.name, "enabled": is_on, "sources": sources}
    view |= {"settings": kept_settings.shown(kind, settings), **_said(routing)}
    view |= {} if wanted.start == NOW else {"start": wanted.start}

    def perform(hands: Hands) -> None:
        made = destinations.create(
            hands.connection,
            kind.name,
            name=name,
            source_slugs=sources,
            settings=settings,
            start_offset=hands.starts.get(wanted.path, hands.newest_offset),
            clock=hands.clock,
            sealer=hands.sealer,
            routing=routing,
        )
        if not is_on:
            _perform(hands, made, DestinationChange(enabled=False))

    change = Change(action=CREATE, kind=DESTINATION, name=name, changes=differences({}, view))
    step = Step(change=change, perform=perform)
    return DestinationStep(path=wanted.path, kind=kind, routing=routing, step=step, start=wanted.start)


def _update(
    wanted: WantedDestination, found: Destination, live: Live, slugs: set[str], read: Read
) -> list[DestinationStep]:
    kind = _kind(wanted)
    its_own = _slugs(found, live)
    sources = its_own if wanted.sources is None else _known(wanted, slugs | set(its_own))
    old = check_settings(kind, found.settings)
    settings = old if wanted.settings is None else _settings(wanted, found, read)
    before: dict[str, Any] = {"name": found.name, "enabled": found.enabled, "sources": sorted(its_own)}
    after: dict[str, Any] = {
        "name": found.name if wanted.name is None else _checked_name(wanted),
        "enabled": found.enabled if wanted.enabled is UNSET else wanted.enabled,
        "sources": sorted(sources),
    }
    routing = _routing(wanted, found.routing)
    changed = [
        *_of_values(before, after),
        *_of_settings(kind, old, settings),
        *differences(routing_document.shown(found.routing), routing_document.shown(routing)),
    ]
    if not changed:
        return []
    change = DestinationChange(
        name=after["name"], enabled=after["enabled"], settings=settings, sources=sources, routing=routing
    )

    def perform(hands: Hands) -> None:
        _perform(hands, found, change)

    step = Step(change=Change(action=UPDATE, kind=DESTINATION, name=found.name, changes=changed), perform=perform)
    will_be = msgspec.structs.replace(found, name=after["name"], settings=settings, routing=routing)
    return [DestinationStep(path=wanted.path, kind=kind, routing=routing, step=step, before=found, after=will_be)]


def _perform(hands: Hands, destination: Destination, change: DestinationChange) -> None:
    destinations.update_destination(
        hands.connection, destination.id, change, newest_offset=hands.newest_offset, sealer=hands.sealer
    )


def _of_values(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    """Return which values differ, each as a whole: a list of sources says more than its places."""
    return [
        {"path": f"/{name}", "before": before[name], "after": after[name]}
        for name in before
        if before[name] != after[name]
    ]


def _of_settings(kind: Kind, before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    """Return which settings differ. A secret's change is told, and neither of its values."""
    old, new = kept_settings.shown(kind, before), kept_settings.shown(kind, after)
    found = differences({"settings": old}, {"settings": new})
    hidden = [name for name in after if before.get(name) != after[name] and old.get(name) == new[name]]
    return found + [{"path": f"/settings/{name}", "before": old[name], "after": ANOTHER_VALUE} for name in hidden]


def _settings(wanted: WantedDestination, found: Destination | None, read: Read) -> dict[str, Any]:
    kind, before = _kind(wanted), {} if found is None else found.settings
    try:
        settings = check_settings(kind, kept_settings.kept(kind, before, wanted.settings or {}))
        kept_settings.opened(kind, settings, read=read)
    except HeadwaterError as error:
        raise refuse(f"{wanted.path}/settings", error.message) from None
    return settings


def _routing(wanted: WantedDestination, before: Routing) -> Routing:
    try:
        return routing_document.changed(before, wanted.routing)
    except BadRoutingError as error:
        raise refuse(f"{wanted.path}{error.path}", error.reason) from None


def _said(routing: Routing) -> dict[str, Any]:
    """Return what a new destination's routing says beyond every other's."""
    usual = routing_document.shown(Routing())
    return {name: value for name, value in routing_document.shown(routing).items() if value != usual[name]}


def _known(wanted: WantedDestination, slugs: set[str]) -> list[str]:
    named = list(dict.fromkeys(wanted.sources or ()))
    for slug in named:
        if slug not in slugs:
            raise refuse(
                f"{wanted.path}/sources",
                f"there is no source {slug!r}, neither in the file nor here. {nearest(slug, sorted(slugs))}",
            )
    return named


def _kind(wanted: WantedDestination) -> Kind:
    kinds = catalogue.kinds()
    if wanted.kind not in kinds:
        raise refuse(
            f"{wanted.path}/kind", f"there is no destination kind {wanted.kind!r}. {nearest(wanted.kind, list(kinds))}"
        )
    return kinds[wanted.kind]


def _name(wanted: WantedDestination) -> str:
    return wanted.name if wanted.name is not None else _kind(wanted).title


def _checked_name(wanted: WantedDestination) -> str:
    try:
        return destinations.checked_name(_name(wanted))
    except HeadwaterError as error:
        raise refuse(f"{wanted.path}/name", error.message) from None


def _slugs(destination: Destination, live: Live) -> list[str]:
    return [live.slugs.get(source_id, source_id) for source_id in destination.source_ids]
