"""The flags that say how events get to a destination: its mapping, filters, consent, mode, order, pace and patience."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from headwater.cli import mapping_file
from headwater.cli.usage import UsageError

Mapping = Annotated[
    str | None,
    Parameter(help="A file with its mapping: Jsonnet, function(event), or in a .json Segment's directives."),
]
Trigger = Annotated[
    str | None, Parameter(help="FQL: which events --mapping is for; default: all.", allow_leading_hyphen=True)
]
Filter = Annotated[
    tuple[str, ...],
    Parameter(negative="", show_default=False, help="FQL: it gets only events that match; repeatable, all have to."),
]
Drop = Annotated[
    tuple[str, ...],
    Parameter(negative="", show_default=False, help="FQL: it gets no events that match; repeatable."),
]
Consent = Annotated[
    tuple[str, ...],
    Parameter(negative="", show_default=False, help="A consent category that people must have agreed to; repeatable."),
]
Mode = Annotated[
    Literal["live", "shadow"] | None, Parameter(help="shadow maps and records everything, and sends nothing.")
]
Order = Annotated[
    Literal["unordered", "per-user"] | None,
    Parameter(help="per-user: a person's later events wait until the earlier ones are settled."),
]
Rate = Annotated[float | None, Parameter(help="At most so many requests a second; default: what the kind says.")]
Concurrency = Annotated[int | None, Parameter(help="At most so many requests at the same time.")]
Patience = Annotated[
    str | None,
    Parameter(help="For how long a failed delivery is tried, such as 30m, 4h or 3d, at most 7d; default: the kind's."),
]
Without = Annotated[
    tuple[Literal["mapping", "filters", "consent", "rate", "concurrency", "patience"], ...],
    Parameter(
        negative="",
        show_default=False,
        help="Back to the kind's own mapping, pace or patience, or to none; repeatable.",
    ),
]

DEFAULTS: dict[str, tuple[str, Any]] = {
    "mapping": ("mappings", []),
    "filters": ("filters", []),
    "consent": ("consent_categories", []),
    "rate": ("requests_per_second", None),
    "concurrency": ("concurrency", None),
    "patience": ("patience", None),
}


def given(
    *,
    mapping: str | None,
    trigger: str | None,
    filter: Sequence[str],  # noqa: A002  the flag's name
    drop: Sequence[str],
    consent: Sequence[str] = (),
    **values: Any,
) -> dict[str, Any]:
    """Return what the flags say, as the API takes it. Raises UsageError, also for a file that can't be read."""
    if trigger is not None and mapping is None:
        raise UsageError("--trigger says which events --mapping is for; give both.")
    found = {name: value for name, value in values.items() if value is not None}
    if mapping is not None:
        rule = {"template": mapping_file.read(mapping)}
        found["mappings"] = [rule if trigger is None else {"trigger": trigger, **rule}]
    if consent:
        found["consent_categories"] = list(consent)
    rules = [*({"fql": fql, "action": "keep"} for fql in filter), *({"fql": fql, "action": "drop"} for fql in drop)]
    return {**found, "filters": rules} if rules else found


def without(names: Sequence[str]) -> dict[str, Any]:
    """Return what takes these away, as the API takes it."""
    return dict(DEFAULTS[name] for name in names)
