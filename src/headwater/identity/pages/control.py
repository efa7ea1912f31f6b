"""One node of a flow as one thing on the page: what its HTML says is decided before a template prints it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

HIDDEN = "hidden"
INPUT = "input"
CHECKBOX = "checkbox"
SELECT = "select"
SUBMIT = "submit"
BUTTON = "button"
LINK = "link"
IMAGE = "image"
TEXT = "text"
SCRIPT = "script"
BLOCK = "block"

ASKING = frozenset({INPUT, CHECKBOX, SELECT})
PRESSED = frozenset({SUBMIT, BUTTON})

ERROR = "error"
# An id may hold anything but white space, yet in a selector or a list of ids the rest is trouble as well.
OUTSIDE_IDS = re.compile(r"[^A-Za-z0-9_.-]+")
YES: Mapping[str, str] = {"autofocus": "autofocus"}

Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A message beside a control."""

    text: str
    is_error: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One choice of a list."""

    value: str
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """What a template prints: `attributes` are HTML's, values not escaped yet; `texts` are what a text node shows."""

    kind: str
    group: str
    id: str
    name: str = ""
    label: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    hint: str = ""
    options: tuple[Option, ...] = ()
    texts: tuple[str, ...] = ()
    is_optional: bool = False

    @property
    def errors(self) -> tuple[str, ...]:
        """What is wrong with what was entered."""
        return tuple(note.text for note in self.notes if note.is_error)

    @property
    def value(self) -> str:
        return self.attributes.get("value", "")


def html_id(name: str, *, index: int) -> str:
    """Return an id that is unique on the page: the same name may stand in two groups."""
    return f"{OUTSIDE_IDS.sub('-', name).strip('-') or 'field'}-{index}"


def notes_of(node: Node) -> tuple[Note, ...]:
    """Return the messages beside a node."""
    return tuple(Note(text=text_of(item), is_error=item.get("type") == ERROR) for item in node.get("messages") or ())


def label_of(node: Node) -> str:
    """Return what a node is called, or nothing if the flow doesn't say."""
    attributes = node["attributes"]
    label = (node.get("meta") or {}).get("label") or attributes.get("label") or attributes.get("title")
    return text_of(label) if isinstance(label, Mapping) else ""


def text_of(message: Mapping[str, Any]) -> str:
    return str(message.get("text") or "")


def as_text(value: Any) -> str:
    """Return a JSON value as an HTML attribute says it."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
