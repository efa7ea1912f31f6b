"""Which time a page's charts show: the last hour, day or month, chosen in its address. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartPeriod:
    """`since` and `step` are what the API is asked for."""

    name: str
    label: str
    since: str
    step: str


# Each a whole number of steps, and the one that has begun.
PERIODS = (
    ChartPeriod(name="hour", label="Hour", since="59m", step="minute"),
    ChartPeriod(name="day", label="Day", since="23h", step="hour"),
    ChartPeriod(name="month", label="Month", since="30d", step="day"),
)
DEFAULT = PERIODS[1]


def of(query: Mapping[str, str]) -> ChartPeriod:
    """Return the one that an address names, else the day."""
    return next((one for one in PERIODS if one.name == query.get("period")), DEFAULT)
