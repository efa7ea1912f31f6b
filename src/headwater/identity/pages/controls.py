"""The nodes of a flow as controls, in their order. What this release doesn't know is left out, never guessed."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from headwater.identity.pages import addresses, control, inputs
from headwater.identity.pages.control import Control, Node

# The names a script looks its elements up by: kept as the node says, if that is a plain word.
PLAIN_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
PLAIN_CLASSES = re.compile(r"[A-Za-z0-9_ -]{1,200}")
SCRIPT_TYPES = ("text/javascript", "module")
SCRIPT_ATTRIBUTES = ("integrity", "crossorigin", "referrerpolicy")


def of(nodes: Iterable[Node]) -> tuple[Control, ...]:
    """Return what a page shows of these nodes."""
    shown = (_one(node, index=index) for index, node in enumerate(nodes))
    return tuple(item for item in shown if item is not None)


def _one(node: Node, *, index: int) -> Control | None:
    make = MAKERS.get(str(node.get("type")))
    return None if make is None else make(node, index=index)


def _link(node: Node, *, index: int) -> Control | None:
    href = addresses.href_or_none(node["attributes"].get("href"))
    if href is None:
        return None
    return Control(kind=control.LINK, attributes={"href": href}, **_common(node, index=index))


def _image(node: Node, *, index: int) -> Control | None:
    given = node["attributes"]
    source = addresses.picture_or_none(given.get("src"))
    if source is None:
        return None
    sizes = {key: str(given[key]) for key in ("width", "height") if isinstance(given.get(key), int)}
    common = _common(node, index=index)
    attributes = {"src": source, "alt": common["label"], **sizes}
    return Control(kind=control.IMAGE, attributes=attributes, **common)


def _text(node: Node, *, index: int) -> Control:
    """A text, or several of them: backup codes come one by one in the message's context."""
    text = node["attributes"].get("text") or {}
    context = text.get("context") or {}
    several = context.get("secrets") if isinstance(context, Mapping) else None
    texts = tuple(control.text_of(item) for item in several) if several else (control.text_of(text),)
    return Control(kind=control.TEXT, texts=texts, **_common(node, index=index))


def _script(node: Node, *, index: int) -> Control | None:
    given = node["attributes"]
    source = addresses.href_or_none(given.get("src"))
    if source is None or given.get("type") not in SCRIPT_TYPES:
        return None
    # Never `async`: the functions that buttons ask for have to be there when triggers.js looks for them.
    attributes = {"src": source, "type": given["type"], **_kept_id(given)}
    attributes |= {key: str(given[key]) for key in SCRIPT_ATTRIBUTES if given.get(key)}
    return Control(kind=control.SCRIPT, attributes=attributes, **_common(node, index=index))


def _block(node: Node, *, index: int) -> Control:
    given = node["attributes"]
    data = given.get("data") or {}
    attributes = {f"data-{key}": str(value) for key, value in data.items() if PLAIN_WORD.fullmatch(str(key))}
    attributes |= _kept_id(given)
    classes = str(given.get("class") or "")
    if PLAIN_CLASSES.fullmatch(classes):
        attributes["class"] = classes
    return Control(kind=control.BLOCK, attributes=attributes, **_common(node, index=index))


def _kept_id(given: Mapping[str, Any]) -> dict[str, str]:
    name = str(given.get("id") or "")
    return {"id": name} if PLAIN_WORD.fullmatch(name) else {}


def _common(node: Node, *, index: int) -> dict[str, Any]:
    name = str(node["attributes"].get("id") or node["type"])
    return {
        "group": node["group"],
        "id": control.html_id(name, index=index),
        "name": name,
        "label": control.label_of(node),
        "notes": control.notes_of(node),
    }


MAKERS: dict[str, Callable[..., Control | None]] = {
    "input": inputs.of,
    "a": _link,
    "img": _image,
    "text": _text,
    "script": _script,
    "div": _block,
}
