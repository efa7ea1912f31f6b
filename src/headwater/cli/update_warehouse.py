"""`headwater update warehouse NAME`."""

from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli import pairs, warehouse_flags
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.session import Here
from headwater.cli.usage import UsageError
from headwater.cli.warehouse_sheet import WAREHOUSE

NOTHING = (
    "Say what to change: --name, --enable, --disable, --set, --unset, --source, --exclude, --include-all or --schedule."
)


async def run(
    warehouse: warehouse_flags.Name,
    /,
    *,
    name: Annotated[str | None, Parameter(help="Another name.")] = None,
    enable: Annotated[bool | None, Parameter(negative="--disable", help="Sync it, or (--disable) leave it.")] = None,
    set: warehouse_flags.Set = (),  # noqa: A002  the flag's name
    unset: Annotated[
        tuple[str, ...],
        Parameter(negative="", show_default=False, help="A setting that goes back to its default; repeatable."),
    ] = (),
    source: warehouse_flags.Source = (),
    exclude: warehouse_flags.Exclude = (),
    include_all: Annotated[bool, Parameter(negative="", help="All sources, with nothing left out.")] = False,
    schedule: warehouse_flags.Schedule = None,
    at: Here,
) -> None:
    """Change a warehouse. Sources and exclusions that are given are all that it has from then on."""
    everything: dict[str, Any] = {"sources": [], "exclude": []} if include_all else {}
    given = {
        "name": name,
        "enabled": enable,
        "schedule": schedule,
        "sources": list(source) or None,
        "exclude": list(exclude) or None,
        "settings": {**pairs.texts(set), **dict.fromkeys(unset)} or None,
    }
    change = {**everything, **{key: value for key, value in given.items() if value is not None}}
    if not change:
        raise UsageError(NOTHING)
    async with connected(at) as client:
        changed = await client.patch(path_of("api", "warehouses", warehouse), change)
    at.show(changed, view=WAREHOUSE)
