"""`headwater update destination ID`."""

from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli import destination_sheet, pairs, routing_flags
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.session import Here
from headwater.cli.usage import UsageError

NOTHING = (
    "Say what to change: --name, --enable, --disable, --source, --set, --unset, --mapping, --filter, --drop,"
    " --consent, --mode, --order, --rate, --concurrency, --patience or --without."
)


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
    mapping: routing_flags.Mapping = None,
    trigger: routing_flags.Trigger = None,
    filter: routing_flags.Filter = (),  # noqa: A002  the flag's name
    drop: routing_flags.Drop = (),
    consent: routing_flags.Consent = (),
    mode: routing_flags.Mode = None,
    order: routing_flags.Order = None,
    rate: routing_flags.Rate = None,
    concurrency: routing_flags.Concurrency = None,
    patience: routing_flags.Patience = None,
    without: routing_flags.Without = (),
    at: Here,
) -> None:
    """Change a destination. It is in force when the command returns; an event being sent just then is finished.

    A mapping, filters and consent categories that are given are all that it has from then on.
    """
    given = {"name": name, "enabled": enable, "sources": list(source) or None}
    change: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    if set or unset:
        change["settings"] = {**pairs.texts(set), **dict.fromkeys(unset)}
    change |= routing_flags.without(without)
    change |= routing_flags.given(
        mapping=mapping,
        trigger=trigger,
        filter=filter,
        drop=drop,
        consent=consent,
        mode=mode,
        order=order,
        requests_per_second=rate,
        concurrency=concurrency,
        patience=patience,
    )
    if not change:
        raise UsageError(NOTHING)
    async with connected(at) as client:
        changed = await client.patch(path_of("api", "destinations", destination), change)
    destination_sheet.show(at, changed)
