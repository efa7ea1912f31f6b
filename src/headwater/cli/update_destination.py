"""`headwater update destination ID`."""

from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli import pairs
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.create_destination import CREATED
from headwater.cli.session import Here
from headwater.cli.usage import UsageError


async def run(
    destination: Annotated[str, Parameter(help="The destination, by id.")],
    /,
    *,
    name: Annotated[str | None, Parameter(help="Another name; events name it so in their integrations.")] = None,
    enable: Annotated[
        bool | None, Parameter(negative="--disable", help="Deliver to it, or (--disable) let its events pass by.")
    ] = None,
    source: Annotated[
        tuple[str, ...],
        Parameter(negative="", show_default=False, help="Slug of a source; those named are all it has; repeatable."),
    ] = (),
    set: Annotated[  # noqa: A002  the flag's name
        tuple[str, ...],
        Parameter(negative="", show_default=False, help="A setting that changes, key=value; repeatable."),
    ] = (),
    unset: Annotated[
        tuple[str, ...],
        Parameter(negative="", show_default=False, help="A setting that goes back to its default; repeatable."),
    ] = (),
    at: Here,
) -> None:
    """Change a destination. It is in force when the command returns; an event being sent just then is finished."""
    given = {"name": name, "enabled": enable, "sources": list(source) or None}
    change: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    if set or unset:
        change["settings"] = {**pairs.texts(set), **dict.fromkeys(unset)}
    if not change:
        raise UsageError("Say what to change: --name, --enable, --disable, --source, --set or --unset.")
    async with connected(at) as client:
        changed = await client.patch(path_of("api", "destinations", destination), change)
    at.show(changed, view=CREATED)
