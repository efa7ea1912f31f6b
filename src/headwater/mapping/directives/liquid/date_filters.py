"""Filters of dates. Where nothing says otherwise, times are UTC, as on Segment's servers."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from headwater.mapping.directives.liquid import dates, strftime
from headwater.mapping.directives.liquid.frame import Frame, plain
from headwater.mapping.directives.liquid.text_filters import given_text
from headwater.mapping.directives.values import is_nothing, is_number

Filter = Callable[[Frame, Any, list[Any]], Any]

USUAL = "%A, %B %-e, %Y at %-l:%M %P %z"
XML_SCHEMA = "%Y-%m-%dT%H:%M:%S%:z"
RFC_822 = "%a, %d %b %Y %H:%M:%S %z"
MOST_OFFSET_MINUTES = 24 * 60 - 1


def _date(frame: Frame, value: Any, given: list[Any]) -> Any:
    if _moment(frame, plain(value)) is None:
        return value
    form = USUAL if not given or is_nothing(plain(given[0])) else frame.text(given[0])
    zone = _zone(frame, plain(given[1])) if len(given) > 1 and not is_nothing(plain(given[1])) else UTC
    return value if zone is None else _written(frame, value, form, zone)


def _written(frame: Frame, value: Any, form: str, zone: tzinfo = UTC) -> Any:
    """Return the date in that form, or the value itself when it is no date."""
    moment = _moment(frame, plain(value))
    if moment is None:
        return value
    try:
        return frame.made(strftime.write(moment.astimezone(zone), form, frame))
    except OverflowError:
        return value


def _moment(frame: Frame, value: Any) -> datetime | None:
    if isinstance(value, str) and value in {"now", "today"}:
        return frame.now()
    if isinstance(value, bool):
        return dates.from_seconds(value / 1000)
    if is_number(value):
        return dates.from_seconds(value)
    if not isinstance(value, str):
        return None
    frame.run.spend_text(len(value))
    return dates.read(value)


def _zone(frame: Frame, given: Any) -> tzinfo | None:
    """Return the zone of a name, or of minutes west of UTC, as JavaScript counts; None for what is neither."""
    if isinstance(given, bool) or is_number(given):
        is_far = not math.isfinite(given) or abs(given) > MOST_OFFSET_MINUTES
        return None if is_far else timezone(timedelta(minutes=-given))
    if not isinstance(given, str):
        return None
    try:
        return ZoneInfo(given)
    except (KeyError, ValueError, OSError):
        raise frame.failure("date was given a time zone that doesn't exist") from None


def _to_xml_schema(frame: Frame, value: Any, _given: list[Any]) -> Any:
    return _written(frame, value, XML_SCHEMA)


def _to_rfc_822(frame: Frame, value: Any, _given: list[Any]) -> Any:
    return _written(frame, value, RFC_822)


def _to_string(frame: Frame, value: Any, given: list[Any]) -> Any:
    return _said(frame, value, given, "%b")


def _to_long_string(frame: Frame, value: Any, given: list[Any]) -> Any:
    return _said(frame, value, given, "%B")


def _said(frame: Frame, value: Any, given: list[Any], month: str) -> Any:
    if given_text(frame, given, 0) != "ordinal":
        return _written(frame, value, f"%d {month} %Y")
    is_american = given_text(frame, given, 1) == "US"
    return _written(frame, value, f"{month} %-d%q, %Y" if is_american else f"%-d%q {month} %Y")


FILTERS: dict[str, Filter] = {
    "date": _date,
    "date_to_xmlschema": _to_xml_schema,
    "date_to_rfc822": _to_rfc_822,
    "date_to_string": _to_string,
    "date_to_long_string": _to_long_string,
}
