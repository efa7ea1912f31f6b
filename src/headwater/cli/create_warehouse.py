"""`headwater create warehouse NAME --kind postgres --set url=…`."""

from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli import pairs, warehouse_flags
from headwater.cli.connection import connected
from headwater.cli.session import Here
from headwater.cli.warehouse_sheet import WAREHOUSE


async def run(
    name: Annotated[str, Parameter(help="Its name: lower-case letters, digits and dashes.")],
    /,
    *,
    kind: Annotated[str, Parameter(help="postgres.")],
    set: warehouse_flags.Set = (),  # noqa: A002  the flag's name
    source: warehouse_flags.Source = (),
    exclude: warehouse_flags.Exclude = (),
    schedule: warehouse_flags.Schedule = None,
    at: Here,
) -> None:
    """Sync the lake's tables into a database: a schema for each source, a table for each kind of event."""
    wanted: dict[str, Any] = {
        "name": name,
        "kind": kind,
        "settings": pairs.texts(set),
        "sources": list(source),
        "exclude": list(exclude),
    }
    wanted |= {} if schedule is None else {"schedule": schedule}
    async with connected(at, may_create=True) as client:
        made = await client.post("/api/warehouses", wanted)
    at.show(made, view=WAREHOUSE)
