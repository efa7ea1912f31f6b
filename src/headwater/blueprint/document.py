"""A blueprint as it is written: version, workspace, projects, sources, destinations, warehouses. Parsed strictly. Pure.

A section that is left out says nothing of its things; so does a key that is left out of one that exists already.
"""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from headwater.blueprint import shape
from headwater.blueprint.shape import Types, refuse
from headwater.deliver import routing_document
from headwater.log import starts
from headwater.log.starts import BadStartError

VERSION = 1
SECTIONS: dict[str, Types] = {
    "version": int,
    "workspace": dict,
    "projects": list,
    "sources": list,
    "destinations": list,
    "warehouses": list,
}
WORKSPACE: dict[str, Types] = {"tracking_aliases": bool}
PROJECT: dict[str, Types] = {
    "slug": str,
    "name": str,
    "environment": str,
    "cors_admin": dict,
    "cors_public": dict,
    "identity_config": dict,
}
SOURCE: dict[str, Types] = {
    "slug": str,
    "name": str,
    "kind": str,
    "enabled": bool,
    "strict": bool,
    "rate_limit": (int, type(None)),
    "write_keys": list,
}
DESTINATION: dict[str, Types] = {
    "id": str,
    "name": str,
    "kind": str,
    "enabled": bool,
    "sources": list,
    "settings": dict,
    "start": shape.ANYTHING,
    **dict.fromkeys(routing_document.KEYS, shape.ANYTHING),  # read, and refused, by the routing itself
}
WAREHOUSE: dict[str, Types] = {
    "name": str,
    "kind": str,
    "enabled": bool,
    "sources": list,
    "exclude": list,
    "schedule": str,
    "settings": dict,
}
CORS: dict[str, Types] = {"enabled": bool, "origins": list}


class WantedProject(msgspec.Struct, frozen=True, kw_only=True):
    """A project as the file has it. Found by its slug, or where it names none, by its name."""

    path: str
    slug: str | None = None
    name: str | None = None
    environment: str | None = None
    cors_admin: dict[str, Any] | None = None
    cors_public: dict[str, Any] | None = None
    identity_config: dict[str, Any] | None = None


class WantedSource(msgspec.Struct, frozen=True, kw_only=True):
    """A source as the file has it. Found by its slug, which is that of its name where it names none."""

    path: str
    slug: str | None = None
    name: str | None = None
    kind: str | None = None
    enabled: bool | UnsetType = UNSET
    strict: bool | UnsetType = UNSET
    rate_limit: int | UnsetType | None = UNSET
    write_keys: list[str] = []


class WantedDestination(msgspec.Struct, frozen=True, kw_only=True):
    """A destination as the file has it. Found by its id where it names one, else by name and kind.

    `start` is for one that is made: to one that is there it says nothing.
    """

    path: str
    kind: str
    id: str | None = None
    name: str | None = None
    enabled: bool | UnsetType = UNSET
    sources: list[str] | None = None
    settings: dict[str, Any] | None = None
    start: Any = starts.NOW
    routing: dict[str, Any] = msgspec.field(default_factory=dict)


class WantedWarehouse(msgspec.Struct, frozen=True, kw_only=True):
    """A warehouse as the file has it. Found by its name."""

    path: str
    name: str
    kind: str
    enabled: bool | UnsetType = UNSET
    sources: list[str] | None = None
    exclude: list[str] | None = None
    schedule: str | None = None
    settings: dict[str, Any] | None = None


class Blueprint(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file. A section is None where the file says nothing of it."""

    tracking_aliases: bool | None = None
    projects: list[WantedProject] | None = None
    sources: list[WantedSource] | None = None
    destinations: list[WantedDestination] | None = None
    warehouses: list[WantedWarehouse] | None = None


def parse(document: Any) -> Blueprint:
    """Return the blueprint that `document` holds. Raises BlueprintError, which names the path."""
    sections = shape.check(document, path="", types=SECTIONS)
    _check_version(sections)
    workspace = shape.check(sections.get("workspace", {}), path="/workspace", types=WORKSPACE)
    return Blueprint(
        tracking_aliases=workspace.get("tracking_aliases"),
        projects=_section(sections, "projects", _project),
        sources=_section(sections, "sources", _source),
        destinations=_section(sections, "destinations", _destination),
        warehouses=_section(sections, "warehouses", _warehouse),
    )


def _check_version(sections: dict[str, Any]) -> None:
    if "version" not in sections:
        raise refuse("/version", f"is missing. This release reads `version: {VERSION}`.")
    if sections["version"] != VERSION:
        raise refuse("/version", f"is {sections['version']}; this release reads `version: {VERSION}`.")


def _section(sections: dict[str, Any], name: str, read: Any) -> list[Any] | None:
    if name not in sections:
        return None
    return [read(item, path) for path, item in shape.items(sections[name], path=f"/{name}")]


def _project(item: Any, path: str) -> WantedProject:
    found = shape.check(item, path=path, types=PROJECT)
    if not (found.get("slug") or found.get("name")):
        raise refuse(path, "a project needs a `slug`, or a `name`, to be known by.")
    for name in ("cors_admin", "cors_public"):
        rule = shape.check(found.get(name, {}), path=f"{path}/{name}", types=CORS)
        shape.texts(rule.get("origins", []), path=f"{path}/{name}/origins")
    return WantedProject(path=path, **found)


def _source(item: Any, path: str) -> WantedSource:
    found = shape.check(item, path=path, types=SOURCE)
    if not (found.get("slug") or found.get("name")):
        raise refuse(path, "a source needs a `slug`, or a `name`, to be known by.")
    shape.texts(found.get("write_keys", []), path=f"{path}/write_keys")
    return WantedSource(path=path, **found)


def _destination(item: Any, path: str) -> WantedDestination:
    found = shape.check(item, path=path, types=DESTINATION, required=("kind",))
    if "sources" in found:
        shape.texts(found["sources"], path=f"{path}/sources")
        if not found["sources"]:
            raise refuse(f"{path}/sources", "a destination needs at least one source.")
    _check_start(found.get("start", starts.NOW), path=f"{path}/start")
    routing = {name: value for name, value in found.items() if name in routing_document.KEYS}
    return WantedDestination(
        path=path, routing=routing, **{name: value for name, value in found.items() if name not in routing}
    )


def _warehouse(item: Any, path: str) -> WantedWarehouse:
    found = shape.check(item, path=path, types=WAREHOUSE, required=("name", "kind"))
    for name in ("sources", "exclude"):
        shape.texts(found.get(name, []), path=f"{path}/{name}")
    return WantedWarehouse(path=path, **found)


def _check_start(start: Any, *, path: str) -> None:
    try:
        starts.check(start)
    except BadStartError as error:
        raise refuse(path, error.message) from None
