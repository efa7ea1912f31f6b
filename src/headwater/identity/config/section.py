"""One place in a configuration document, read with a type, a default and a path for the error message."""

import re
from typing import Any

from headwater.actions import problems
from headwater.actions.problems import ConfigProblem

NANOSECOND = 1e-9
UNIT_SECONDS = {"ns": NANOSECOND, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
GO_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+")
DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")

KIB = 1024
UNIT_BYTES = {"B": 1, "KB": KIB, "MB": KIB**2, "GB": KIB**3}
BYTE_SIZE = re.compile(r"(\d+)\s*(B|KB|MB|GB)", re.IGNORECASE)


class Section:
    """An object inside the document, absent ones being empty."""

    def __init__(self, value: Any, path: str = "") -> None:
        if value is not None and not isinstance(value, dict):
            raise problem(path, f"must be an object, not {kind(value)}")
        self._value: dict[str, Any] = value or {}
        self.path = path

    def section(self, key: str) -> "Section":
        return Section(self._value.get(key), self.at(key))

    def at(self, key: str) -> str:
        """Return the JSON pointer of `key` in this section."""
        return f"{self.path}/{key}"

    @property
    def value(self) -> dict[str, Any]:
        """The section as it stands."""
        return self._value

    def sections(self, key: str) -> list["Section"]:
        """Return the objects of a list, none if it is absent."""
        items = self._value.get(key)
        if items is not None and not isinstance(items, list):
            raise problem(self.at(key), f"must be a list, not {kind(items)}")
        return [Section(item, f"{self.at(key)}/{index}") for index, item in enumerate(items or ())]

    def raw(self, key: str) -> Any:
        return self._value.get(key)

    def text(self, key: str, default: str, *, allowed: tuple[str, ...] = ()) -> str:
        value = self._value.get(key)
        if value is None:
            return default
        if not isinstance(value, str):
            raise problem(self.at(key), f"must be a text, not {kind(value)}")
        if allowed and value not in allowed:
            raise problem(self.at(key), f"must be one of {', '.join(allowed)}, not {value!r}")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._value.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise problem(self.at(key), f"must be true or false, not {kind(value)}")
        return value

    def integer(self, key: str, default: int, *, least: int, most: int) -> int:
        value = self._value.get(key)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool):
            raise problem(self.at(key), f"must be a whole number, not {kind(value)}")
        if not least <= value <= most:
            raise problem(self.at(key), f"must be between {least} and {most}, not {value}")
        return value

    def texts(self, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        value = self._value.get(key)
        if value is None:
            return default
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise problem(self.at(key), "must be a list of texts")
        return tuple(value)

    def duration_seconds(self, key: str, default: float) -> float:
        """Read a Go duration such as `1h30m`."""
        value = self._value.get(key)
        if value is None or value == "":
            return default
        if not isinstance(value, str) or not GO_DURATION.fullmatch(value):
            raise problem(self.at(key), f'must be a duration such as "1h" or "15m", not {value!r}')
        return sum(float(number) * UNIT_SECONDS[unit] for number, unit in DURATION_PART.findall(value))

    def size_bytes(self, key: str, default: int, *, least: int, most: int) -> int:
        """Read a size such as `64MB`."""
        value = self.text(key, "")
        if not value:
            return default
        match = BYTE_SIZE.fullmatch(value)
        if match is None:
            raise problem(self.at(key), f"must be a size such as 64MB, not {value!r}")
        size = int(match[1]) * UNIT_BYTES[match[2].upper()]
        if not least <= size <= most:
            raise problem(self.at(key), f"must be between {least // KIB}KB and {most // KIB}KB, not {value}")
        return size


def problem(path: str, reason: str) -> ConfigProblem:
    """Return the refusal of a configuration, naming its path."""
    return problems.problem(path or "/", reason)


def kind(value: Any) -> str:
    """Return what a JSON value is called in JSON."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    names = {dict: "object", list: "array", str: "string", int: "number", float: "number"}
    return names.get(type(value), type(value).__name__)
