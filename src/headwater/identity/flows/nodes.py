"""The form a flow shows: UI nodes in Ory's shape, built from a schema's fields, filled with what was submitted."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from headwater.identity import messages
from headwater.identity.messages import Complaint, UiText
from headwater.identity.people.fields import Field

DEFAULT_GROUP = "default"
PASSWORD_GROUP = "password"  # noqa: S105  a group's name
CSRF_NODE = "csrf_token"
PASSWORD_NODE = "password"  # noqa: S105  an input's name
MAX_OPTIONS = 500

INPUT_TYPES = {"number": "number", "integer": "number", "boolean": "checkbox"}
FORMAT_TYPES = {"date-time": "datetime-local", "email": "email", "tel": "tel", "date": "date", "uri": "url"}
AUTOCOMPLETE = {"email": "email", "tel": "tel", "uri": "url"}


class Meta(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an interface may show beside a node."""

    label: UiText | None = None


class Attributes(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An input. Fields without a default are always on the wire."""

    name: str
    type: str
    value: Any = None
    required: bool = False
    autocomplete: str | None = None
    pattern: str | None = None
    options: list[dict[str, Any]] | None = None
    disabled: bool
    node_type: str


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """One element of the form."""

    type: str
    group: str
    attributes: Attributes
    messages: tuple[UiText, ...]
    meta: Meta


class Ui(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The form as a whole: where to send it, what is in it, and what is wrong with it."""

    action: str
    method: str
    nodes: tuple[Node, ...]
    messages: tuple[UiText, ...] = ()


def registration(fields: Iterable[Field], *, action: str, with_password: bool) -> Ui:
    """Return the one-step registration form."""
    nodes = [csrf(""), *(_trait(field) for field in fields)]
    if with_password:
        nodes += [_password(), _submit()]
    return Ui(action=action, method="POST", nodes=tuple(nodes))


def csrf(token: str) -> Node:
    """Return the hidden node; native flows carry an empty one, as Ory's do."""
    return _input(CSRF_NODE, type="hidden", group=DEFAULT_GROUP, value=token, required=True)


def with_csrf(ui: Ui, token: str) -> Ui:
    """Return `ui` with `token` in its hidden node."""
    nodes = tuple(csrf(token) if node.attributes.name == CSRF_NODE else node for node in ui.nodes)
    return msgspec.structs.replace(ui, nodes=nodes)


def answered(ui: Ui, *, values: Mapping[str, Any], complaints: Sequence[Complaint]) -> Ui:
    """Return `ui` with the submitted `values` in its nodes, and each complaint where it belongs.

    Only nodes that are there get values, and never the password's: `values` is for traits.
    """
    nodes = [_answered(node, values, complaints) for node in ui.nodes]
    known = {node.attributes.name for node in nodes}
    strays = dict.fromkeys(item.node for item in complaints if item.node and item.node not in known)
    nodes += [_with_messages(_input(name, type="text", group=DEFAULT_GROUP), complaints) for name in strays]
    general = tuple(item.message for item in complaints if not item.node)
    return msgspec.structs.replace(ui, nodes=tuple(nodes), messages=general)


def flattened(value: Any, prefix: str) -> dict[str, Any]:
    """Return the leaves of a JSON object under their dotted names."""
    if not isinstance(value, dict):
        return {prefix: value}
    leaves: dict[str, Any] = {}
    for key, item in value.items():
        leaves.update(flattened(item, f"{prefix}.{key}"))
    return leaves


def _answered(node: Node, values: Mapping[str, Any], complaints: Sequence[Complaint]) -> Node:
    name = node.attributes.name
    if name in values:
        node = msgspec.structs.replace(node, attributes=msgspec.structs.replace(node.attributes, value=values[name]))
    return _with_messages(node, complaints)


def _with_messages(node: Node, complaints: Sequence[Complaint]) -> Node:
    own = tuple(item.message for item in complaints if item.node == node.attributes.name)
    return msgspec.structs.replace(node, messages=own)


def _trait(field: Field) -> Node:
    options = [{"value": choice} for choice in field.choices[:MAX_OPTIONS]] or None
    return _input(
        field.name,
        type=FORMAT_TYPES.get(field.format) or INPUT_TYPES.get(field.type, "text"),
        group=DEFAULT_GROUP,
        required=field.required,
        autocomplete=AUTOCOMPLETE.get(field.format),
        pattern=field.pattern or None,
        options=options,
        label=messages.label(field.title, name=field.name) if field.title else None,
    )


def _password() -> Node:
    return _input(
        PASSWORD_NODE,
        type="password",
        group=PASSWORD_GROUP,
        required=True,
        autocomplete="new-password",
        label=messages.label_password(),
    )


def _submit() -> Node:
    return _input("method", type="submit", group=PASSWORD_GROUP, value="password", label=messages.sign_up())


def _input(name: str, *, type: str, group: str, label: UiText | None = None, **attributes: Any) -> Node:  # noqa: A002  HTML's word
    attributes_ = Attributes(name=name, type=type, disabled=False, node_type="input", **attributes)
    return Node(type="input", group=group, attributes=attributes_, messages=(), meta=Meta(label))
