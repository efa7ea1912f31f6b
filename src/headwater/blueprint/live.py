"""What is configured now, as a blueprint is compared with it: read in one transaction."""

from typing import Any

import msgspec
from sqlalchemy import Connection

from headwater.core.secrets import Sealer
from headwater.workspace import destinations, projects, sources, warehouses, workspaces
from headwater.workspace.configuration import Destination, Source
from headwater.workspace.projects import Project
from headwater.workspace.warehouses import Warehouse

NO_WISH: dict[str, Any] = {"wanted_sync": None, "wanted_at_ms": None}


class Live(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a blueprint may speak of. Holds secrets of destinations and warehouses in clear.

    `sources` are all, ever.

    Event streams are no part of it: they are their projects'.
    """

    tracking_aliases: bool
    projects: list[Project]
    sources: list[Source]
    destinations: list[Destination]
    warehouses: list[Warehouse]

    @property
    def living_sources(self) -> list[Source]:
        return [one for one in self.sources if one.deleted_at_ms is None]

    @property
    def slugs(self) -> dict[str, str]:
        """Sources' slugs by their ids."""
        return {one.id: one.slug for one in self.sources}

    def fingerprint(self, *asked: Any, sealer: Sealer) -> str:
        """Return a text that is another one once anything here, or what was `asked` of it, is another.

        Keyed: it is shown to whoever plans, and must answer no guess of a secret.
        """
        held = [
            self.tracking_aliases,
            [(one.id, one.revision_id) for one in self.projects],
            [msgspec.structs.asdict(one) for one in self.sources],
            [msgspec.structs.asdict(one) for one in self.destinations],
            # That somebody asks for a sync moves nothing.
            [msgspec.structs.asdict(msgspec.structs.replace(one, **NO_WISH)) for one in self.warehouses],
            asked,
        ]
        return sealer.keyed_hash(msgspec.json.encode(held).decode(), context="blueprint").hex()


def read(connection: Connection, *, sealer: Sealer) -> Live:
    workspace = workspaces.current_or_none(connection)
    return Live(
        tracking_aliases=bool(workspace and workspace.tracking_aliases),
        projects=projects.every(connection),
        sources=sources.every(connection),
        destinations=[one for one in destinations.every(connection, sealer=sealer) if one.project_id is None],
        warehouses=warehouses.every(connection, sealer=sealer),
    )
