"""A request or an answer as people read it: first line, headers, body, with JSON on lines of its own. Pure."""

import json
from collections.abc import Mapping
from typing import Any

LINE = ("method", "url", "status")
SHOWN = (*LINE, "headers", "body")


def text(value: Mapping[str, Any]) -> str:
    """Return it as text. What is known of it besides, such as the kind's action, stands below the first line."""
    first = " ".join(str(value[name]) for name in LINE if value.get(name) is not None)
    rest = [f"({name}: {item})" for name, item in value.items() if name not in SHOWN and item not in (None, False, "")]
    headers = value.get("headers") or {}
    lines = [first, *rest, *(f"{name}: {item}" for name, item in headers.items())]
    body = _body(value.get("body"))
    return "\n".join([*(line for line in lines if line), *(["", body] if body else [])])


def _body(value: Any) -> str:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return str(value)
    return "" if value is None else json.dumps(value, indent=2, ensure_ascii=False)
