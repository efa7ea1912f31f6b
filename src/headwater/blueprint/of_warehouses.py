"""Warehouses in a blueprint, found by their names. A password that a file only shows is the one that is there."""

from collections.abc import Iterator
from typing import Any

from msgspec import UNSET

from headwater.blueprint.changes import (
    ANOTHER_VALUE,
    CREATE,
    DELETE,
    UPDATE,
    WAREHOUSE,
    Change,
    Hands,
    Step,
    Thing,
    differences,
)
from headwater.blueprint.document import WantedWarehouse
from headwater.blueprint.live import Live
from headwater.blueprint.shape import BlueprintError, nearest, refuse
from headwater.core.errors import HeadwaterError
from headwater.lake.warehouses import kinds, wishes
from headwater.workspace import warehouses
from headwater.workspace.warehouses import Warehouse, WarehouseChange


def plan(wanted: list[WantedWarehouse], live: Live, *, slugs: set[str]) -> Iterator[Step]:
    """Yield the steps to what the file says; `slugs` are the sources that there will be. Raises BlueprintError."""
    seen: dict[str, str] = {}
    for one in wanted:
        if one.name in seen:
            raise refuse(one.path, f"the warehouse {one.name!r} stands in {seen[one.name]}, too.")
        seen[one.name] = one.path
        found = next((there for there in live.warehouses if there.name == one.name), None)
        try:
            step = _create(one, live, slugs) if found is None else _update(one, found, live, slugs)
        except BlueprintError:
            raise
        except HeadwaterError as error:
            raise refuse(one.path, error.message) from None
        if step is not None:
            yield step


def lacking(wanted: list[WantedWarehouse], live: Live) -> list[Warehouse]:
    """Return the warehouses that the file lacks."""
    names = {one.name for one in wanted}
    return [one for one in live.warehouses if one.name not in names]


def thing(warehouse: Warehouse) -> Thing:
    return Thing(kind=WAREHOUSE, name=warehouse.name)


def delete(warehouse: Warehouse) -> Step:
    def perform(hands: Hands) -> None:
        warehouses.remove(hands.connection, warehouse.name, sealer=hands.sealer)

    return Step(change=Change(action=DELETE, kind=WAREHOUSE, name=warehouse.name), perform=perform)


def shown(warehouse: Warehouse, live: Live) -> dict[str, Any]:
    """Return a warehouse as a file has it."""
    return {
        "name": warehouse.name,
        "kind": warehouse.kind,
        "enabled": warehouse.enabled,
        "sources": [live.slugs.get(source_id, source_id) for source_id in warehouse.source_ids],
        "exclude": list(warehouse.exclude),
        "schedule": wishes.schedule_text(warehouse.schedule_seconds),
        "settings": kinds.shown(warehouse.kind, warehouse.settings),
    }


def _create(wanted: WantedWarehouse, live: Live, slugs: set[str]) -> Step:
    name = warehouses.checked_name(wanted.name)
    settings = kinds.checked(wanted.kind, wanted.settings or {})
    view = _view(
        wanted, {"enabled": True, "sources": [], "exclude": [], "schedule": wishes.DEFAULT_SCHEDULE}, live, slugs
    )
    view |= {"name": name, "kind": wanted.kind, "settings": kinds.shown(wanted.kind, settings)}

    def perform(hands: Hands) -> None:
        warehouses.create(
            hands.connection,
            name,
            kind=wanted.kind,
            settings=settings,
            source_slugs=view["sources"],
            exclude=view["exclude"],
            schedule_seconds=wishes.schedule_seconds(view["schedule"]),
            clock=hands.clock,
            sealer=hands.sealer,
        )
        if not view["enabled"]:
            warehouses.change(hands.connection, name, WarehouseChange(enabled=False), sealer=hands.sealer)

    return Step(change=Change(action=CREATE, kind=WAREHOUSE, name=name, changes=differences({}, view)), perform=perform)


def _update(wanted: WantedWarehouse, found: Warehouse, live: Live, slugs: set[str]) -> Step | None:
    if wanted.kind != found.kind:
        raise refuse(f"{wanted.path}/kind", f"{found.name} is a warehouse of kind {found.kind}, and stays one.")
    before = shown(found, live)
    settings = found.settings if wanted.settings is None else _whole(found, wanted.settings)
    after = {**before, **_view(wanted, before, live, slugs), "settings": kinds.shown(found.kind, settings)}
    changed = differences(before, after)
    if settings != found.settings and before["settings"] == after["settings"]:
        hidden = before["settings"]["password"]
        changed.append({"path": "/settings/password", "before": hidden, "after": ANOTHER_VALUE})
    if not changed:
        return None
    change = WarehouseChange(
        settings=settings,
        sources=UNSET if after["sources"] == before["sources"] else after["sources"],
        exclude=after["exclude"],
        schedule_seconds=wishes.schedule_seconds(after["schedule"]),
        enabled=after["enabled"],
    )

    def perform(hands: Hands) -> None:
        warehouses.change(hands.connection, found.id, change, sealer=hands.sealer)

    return Step(change=Change(action=UPDATE, kind=WAREHOUSE, name=found.name, changes=changed), perform=perform)


def _view(wanted: WantedWarehouse, before: dict[str, Any], live: Live, slugs: set[str]) -> dict[str, Any]:
    """Return what it will be, beside its settings; what the file doesn't say is as it was."""
    view = {**before, **({} if wanted.enabled is UNSET else {"enabled": wanted.enabled})}
    if wanted.sources is not None and set(wanted.sources) != set(before["sources"]):
        view["sources"] = _known(wanted, slugs)
    if wanted.exclude is not None:
        view["exclude"] = wishes.exclusions(wanted.exclude, slugs=slugs | set(live.slugs.values()))
    if wanted.schedule is not None:
        seconds = warehouses.checked_schedule(wishes.schedule_seconds(wanted.schedule))
        view["schedule"] = wishes.schedule_text(seconds)
    return view


def _whole(found: Warehouse, wanted: dict[str, Any]) -> dict[str, Any]:
    """Return settings of which those that the file lacks are back at their defaults."""
    return kinds.checked(found.kind, {**dict.fromkeys(found.settings), **wanted}, found.settings)


def _known(wanted: WantedWarehouse, slugs: set[str]) -> list[str]:
    for slug in wanted.sources or ():
        if slug not in slugs:
            raise refuse(
                f"{wanted.path}/sources",
                f"there is no source {slug!r}, neither in the file nor here. {nearest(slug, sorted(slugs))}",
            )
    return list(dict.fromkeys(wanted.sources or ()))
