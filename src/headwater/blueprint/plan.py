"""From a blueprint and what is live to what has to be done, in order: nothing is done here."""

from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection

from headwater.blueprint import document, live, of_destinations, of_projects, of_sources, of_warehouses, of_workspace
from headwater.blueprint.changes import Step, Thing
from headwater.blueprint.document import Blueprint
from headwater.blueprint.live import Live
from headwater.blueprint.of_destinations import DestinationStep
from headwater.blueprint.of_projects import ProjectStep
from headwater.core.secrets import Sealer
from headwater.deliver.kept_settings import Read


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a blueprint comes to. `fingerprint` is another one once anything that it was made from is.

    `kept` is there and not in the file, and stays; `projects` are those steps that have an identity-config to check,
    `destinations` those that have a routing.
    """

    steps: list[Step]
    projects: list[ProjectStep]
    destinations: list[DestinationStep]
    kept: list[Thing]
    notes: list[str]
    fingerprint: str


def make(connection: Connection, wanted: Any, *, prune: bool, sealer: Sealer, read: Read) -> Plan:
    """Return the plan for a document. Raises BlueprintError.

    With `prune`, sources, destinations and warehouses that it lacks go.
    A section that the document leaves out is neither changed nor pruned. Projects are never pruned.
    """
    blueprint = document.parse(wanted)
    now = live.read(connection, sealer=sealer)
    of_people = of_projects.plan(connection, blueprint.projects or [], now, sealer=sealer)
    of_tools = of_destinations.plan(
        blueprint.destinations or [], now, slugs=_slugs(blueprint, now, prune=prune), read=read
    )
    lacking = list(_lacking(blueprint, now))
    return Plan(
        steps=[
            *of_workspace.plan(blueprint, now),
            *(one.step for one in of_people),
            *of_sources.plan(blueprint.sources or [], now),
            *(one.step for one in of_tools),
            *of_warehouses.plan(blueprint.warehouses or [], now, slugs=_slugs(blueprint, now, prune=prune)),
            *(delete for _, delete in lacking if prune),
        ],
        projects=of_people,
        destinations=of_tools,
        kept=[
            *(of_projects.lacking(blueprint.projects, now) if blueprint.projects is not None else []),
            *(thing for thing, _ in lacking if not prune),
        ],
        notes=list(of_sources.notes(blueprint.sources or [], now)),
        fingerprint=now.fingerprint(wanted, prune, sealer=sealer),
    )


def _slugs(blueprint: Blueprint, now: Live, *, prune: bool) -> set[str]:
    """Return the sources that there will be: with `prune` those of the file only, if it says anything of sources."""
    named = {of_sources.slug(one) for one in blueprint.sources or []}
    is_all = prune and blueprint.sources is not None
    return named if is_all else named | {one.slug for one in now.living_sources}


def _lacking(blueprint: Blueprint, now: Live) -> Iterator[tuple[Thing, Step]]:
    """Yield what the file lacks, and how it goes: who gets anything first, whose sources then have nobody left."""
    if blueprint.warehouses is not None:
        for warehouse in of_warehouses.lacking(blueprint.warehouses, now):
            yield of_warehouses.thing(warehouse), of_warehouses.delete(warehouse)
    if blueprint.destinations is not None:
        for one in of_destinations.lacking(blueprint.destinations, now):
            yield of_destinations.thing(one), of_destinations.delete(one)
    if blueprint.sources is not None:
        for source in of_sources.lacking(blueprint.sources, now):
            yield of_sources.thing(source), of_sources.delete(source)


def written(connection: Connection, *, sealer: Sealer) -> dict[str, Any]:
    """Return the document for what is live: its plan is empty."""
    now: Live = live.read(connection, sealer=sealer)
    return {
        "version": document.VERSION,
        "workspace": of_workspace.shown(now),
        "projects": [of_projects.shown(one) for one in now.projects],
        "sources": [of_sources.shown(one) for one in now.living_sources],
        "destinations": [of_destinations.shown(one, now) for one in now.destinations],
        "warehouses": [of_warehouses.shown(one, now) for one in now.warehouses],
    }
