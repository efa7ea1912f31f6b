"""`headwater create destination KIND --source SLUG`."""

from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli import destination_sheet, pairs, routing_flags, start_flag
from headwater.cli.connection import connected
from headwater.cli.session import Here
from headwater.core.clock import SystemClock


async def run(
    kind: Annotated[str, Parameter(help="The tool: `headwater list destination-kinds` shows them.")],
    /,
    *,
    source: Annotated[
        list[str], Parameter(negative="", show_default=False, help="Slug of a source whose events it gets; repeatable.")
    ],
    name: Annotated[str | None, Parameter(help="A name for people; default: the kind's title.")] = None,
    set: Annotated[  # noqa: A002  the flag's name
        tuple[str, ...],
        Parameter(negative="", show_default=False, help="A setting of the kind, key=value; repeatable."),
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
    start: Annotated[
        str | None,
        Parameter(help="From which event on: now (the default), beginning, a moment, or an age such as 12h."),
    ] = None,
    at: Here,
) -> None:
    """Send a source's events to a tool."""
    wanted: dict[str, Any] = {"kind": kind, "sources": source, "settings": pairs.texts(set)}
    wanted |= {} if name is None else {"name": name}
    wanted |= {} if start is None else {"start": start_flag.given(start, now=SystemClock().now())}
    wanted |= routing_flags.given(
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
    async with connected(at, may_create=True) as client:
        destination = await client.post("/api/destinations", wanted)
    destination_sheet.show(at, destination)
