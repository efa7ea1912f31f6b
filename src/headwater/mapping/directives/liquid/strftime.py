"""`%Y-%m-%d` and the like, as Ruby and LiquidJS write them: flags, widths, and a few letters of their own."""

import re
from collections.abc import Callable
from datetime import datetime

from headwater.mapping.directives.liquid.frame import Frame

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
SHORT = 3
NOON = 12
TEENS = (11, 12, 13)
_CODE = re.compile(r"%([-_0^#:]+)?([0-9]+)?([EO])?(.)")
_WIDTHS = {"C": 2, "d": 2, "e": 2, "H": 2, "I": 2, "j": 3, "k": 2, "l": 2, "L": 3, "m": 2, "M": 2, "S": 2, "U": 2}
_WIDTHS |= {"W": 2, "y": 2, "Y": 4}
_SPACED = frozenset("aAbBceklpP")


def write(moment: datetime, form: str, frame: Frame) -> str:
    """Return `moment` in that form. Raises MappingLimitError for widths beyond what a text may have."""
    frame.run.spend_text(len(form))
    return _CODE.sub(lambda match: _one(match, moment, frame), form)


def _one(match: re.Match[str], moment: datetime, frame: Frame) -> str:
    flags, width, code = match[1] or "", match[2], match[4]
    if code not in _CODES:
        return match[0]
    if width:
        frame.run.spend_text(int(width) if len(width) < len(str(frame.run.text_limit)) else frame.run.text_limit + 1)
    text = _nanoseconds(moment, width) if code == "N" else _CODES[code](moment)
    if code in "zZ":
        text = _offset(moment, ":" if ":" in flags and code == "z" else "") if code == "z" else text
    if "^" in flags:
        text = text.upper()
    elif "#" in flags:
        text = text.upper() if any("a" <= letter <= "z" for letter in text) else text.lower()
    return _padded(text, flags, int(width) if width else _WIDTHS.get(code, 0), code)


def _padded(text: str, flags: str, width: int, code: str) -> str:
    if "-" in flags:
        return text
    filling = " " if code in _SPACED else "0"
    if "_" in flags:
        filling = " "
    elif "0" in flags:
        filling = "0"
    return text.zfill(width) if filling == "0" and text.startswith("-") else text.rjust(width, filling)


def _nanoseconds(moment: datetime, width: str | None) -> str:
    digits = int(width) if width and int(width) else 9
    return f"{moment.microsecond // 1000:03d}"[:digits].ljust(digits, "0")


def _offset(moment: datetime, colon: str) -> str:
    offset = moment.utcoffset()
    minutes = int(offset.total_seconds() // 60) if offset else 0
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}{colon}{abs(minutes) % 60:02d}"


def _ordinal(moment: datetime) -> str:
    return "th" if moment.day in TEENS else {1: "st", 2: "nd", 3: "rd"}.get(moment.day % 10, "th")


def _week(moment: datetime, first_weekday: int) -> str:
    """Return the week of the year, counted from the first `first_weekday` (0 is Sunday)."""
    day = moment.timetuple().tm_yday
    since = (moment.isoweekday() % 7 - first_weekday + 7) % 7
    return str((day - 1 - since + 7) // 7)


def _us_day(moment: datetime) -> str:
    return f"{moment.month}/{moment.day}/{moment.year}"


def _us_time(moment: datetime) -> str:
    return (
        f"{moment.hour % NOON or NOON}:{moment.minute:02d}:{moment.second:02d} {'AM' if moment.hour < NOON else 'PM'}"
    )


_CODES: dict[str, Callable[[datetime], str]] = {
    "a": lambda moment: DAYS[moment.weekday()][:SHORT],
    "A": lambda moment: DAYS[moment.weekday()],
    "b": lambda moment: MONTHS[moment.month - 1][:SHORT],
    "h": lambda moment: MONTHS[moment.month - 1][:SHORT],
    "B": lambda moment: MONTHS[moment.month - 1],
    "c": lambda moment: f"{_us_day(moment)}, {_us_time(moment)}",
    "C": lambda moment: str(moment.year // 100),
    "d": lambda moment: str(moment.day),
    "e": lambda moment: str(moment.day),
    "H": lambda moment: str(moment.hour),
    "I": lambda moment: str(moment.hour % NOON or NOON),
    "j": lambda moment: str(moment.timetuple().tm_yday),
    "k": lambda moment: str(moment.hour),
    "l": lambda moment: str(moment.hour % NOON or NOON),
    "L": lambda moment: str(moment.microsecond // 1000),
    "m": lambda moment: str(moment.month),
    "M": lambda moment: str(moment.minute),
    "N": lambda _moment: "",
    "p": lambda moment: "AM" if moment.hour < NOON else "PM",
    "P": lambda moment: "am" if moment.hour < NOON else "pm",
    "q": _ordinal,
    "s": lambda moment: str(int(moment.timestamp() // 1)),
    "S": lambda moment: str(moment.second),
    "u": lambda moment: str(moment.isoweekday()),
    "U": lambda moment: _week(moment, 0),
    "w": lambda moment: str(moment.isoweekday() % 7),
    "W": lambda moment: _week(moment, 1),
    "x": _us_day,
    "X": _us_time,
    "y": lambda moment: str(moment.year % 100),
    "Y": lambda moment: str(moment.year),
    "z": lambda moment: _offset(moment, ""),
    "Z": lambda moment: getattr(moment.tzinfo, "key", "") or ("UTC" if not moment.utcoffset() else _offset(moment, "")),
    "t": lambda _moment: "\t",
    "n": lambda _moment: "\n",
    "%": lambda _moment: "%",
}
