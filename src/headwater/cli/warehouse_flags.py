"""The flags that say what a warehouse gets, and when."""

from typing import Annotated

from cyclopts import Parameter

Name = Annotated[str, Parameter(help="The warehouse, by name or id.")]
Source = Annotated[
    tuple[str, ...],
    Parameter(negative="", show_default=False, help="Slug of a source that it gets; repeatable; default: all."),
]
Set = Annotated[
    tuple[str, ...],
    Parameter(
        negative="",
        show_default=False,
        help="A setting, key=value: url, password, tls, certificate, prefix, timeout_seconds; repeatable.",
    ),
]
Exclude = Annotated[
    tuple[str, ...],
    Parameter(
        negative="",
        show_default=False,
        help="What stays out: source, source.table or source.table.column; * is any source or table; repeatable.",
    ),
]
Schedule = Annotated[str | None, Parameter(help="How often it syncs, such as 15m, 1h (the default) or 1d; or manual.")]
