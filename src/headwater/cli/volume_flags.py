"""Which time a command shows counts of: flags that `get event-volume` and `get delivery-volume` have alike."""

from typing import Annotated

from cyclopts import Parameter

Since = Annotated[str, Parameter(help="From when on: an age such as 3h or 7d, or a time.")]
Until = Annotated[str | None, Parameter(help="Up to when; now without it.")]
Step = Annotated[
    str | None,
    Parameter(help="minute (kept for 2 days), hour or day (32 days); by itself what the time makes sense of."),
]
DEFAULT_SINCE = "1d"
