"""The form a flow shows: UI nodes in Ory's shape, built from fields and methods, filled with what was submitted."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from headwater.identity.messages import labels
from headwater.identity.messages.text import Complaint, UiText
from headwater.identity.people.fields import ARRAY, Field

DEFAULT_GROUP = "default"
PASSWORD_GROUP = "password"  # noqa: S105  a group's name
PROFILE_GROUP = "profile"
CODE_GROUP = "code"
LINK_GROUP = "link"
IDENTIFIER_FIRST_GROUP = "identifier_first"
CSRF_NODE = "csrf_token"
PASSWORD_NODE = "password"  # noqa: S105  an input's name
METHOD_NODE = "method"
MAX_OPTIONS = 500
MAX_SHOWN_AGAIN = 4_096
MAX_QUOTED = 1_024

HIDDEN = "hidden"
TEXT = "text"
SUBMIT = "submit"

INPUT_TYPES = {"number": "number", "integer": "number", "boolean": "checkbox"}
FORMAT_TYPES = {"date-time": "datetime-local", "email": "email", "tel": "tel", "date": "date", "uri": "url"}
AUTOCOMPLETE = {"email": "email", "tel": "tel", "uri": "url"}


class Meta(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an interface may show beside a node."""

    label: UiText | None = None


class Attributes(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An input (`name`, `type`) or a link (`id`, `href`, `title`). Inputs always say whether they are disabled."""

    name: str = ""
    type: str = ""
    value: Any = None
    required: bool = False
    autocomplete: str | None = None
    pattern: str | None = None
    maxlength: int | None = None
    options: list[dict[str, Any]] | None = None
    id: str | None = None
    href: str | None = None
    title: UiText | None = None
    disabled: bool | msgspec.UnsetType = msgspec.UNSET
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


def csrf(token: str) -> Node:
    """Return the hidden node; native flows carry an empty one, as Ory's do."""
    return field(CSRF_NODE, type=HIDDEN, group=DEFAULT_GROUP, value=token, required=True)


def field(
    name: str,
    *,
    type: str,  # noqa: A002  HTML's word
    group: str,
    label: UiText | None = None,
    disabled: bool = False,
    **attributes: Any,
) -> Node:
    """Return an input. `attributes` are further members of `Attributes`."""
    inside = Attributes(name=name, type=type, disabled=disabled, node_type="input", **attributes)
    return Node(type="input", group=group, attributes=inside, messages=(), meta=Meta(label))


def submit(value: str, *, label: UiText, group: str, name: str = METHOD_NODE) -> Node:
    """Return the button that goes through with a method."""
    return field(name, type=SUBMIT, group=group, value=value, label=label)


def hidden(name: str, value: Any, *, group: str) -> Node:
    """Return an input that nobody sees."""
    return field(name, type=HIDDEN, group=group, value=value)


def anchor(id: str, href: str, *, label: UiText, group: str) -> Node:  # noqa: A002  Ory's word
    """Return a link to where the person may go on."""
    inside = Attributes(id=id, href=href, title=label, node_type="a")
    return Node(type="a", group=group, attributes=inside, messages=(), meta=Meta(label))


def with_csrf(found: Sequence[Node], token: str) -> tuple[Node, ...]:
    """Return a form's nodes with the anti-CSRF token: where the form put a node for it, or else first."""
    places = [index for index, node in enumerate(found) if node.attributes.name == CSRF_NODE]
    if not places:
        return (csrf(token), *found)
    return (*found[: places[0]], csrf(token), *found[places[0] + 1 :])


def traits(
    fields: Iterable[Field], *, group: str = DEFAULT_GROUP, values: Mapping[str, Any] | None = None
) -> list[Node]:
    """Return an input for each field of the schema; `values` are by name."""
    known = values or {}
    return [node for item in fields for node in _trait_nodes(item, group=group, values=known)]


def as_hidden(node: Node) -> Node:
    """Return the same input, out of sight: what was said at an earlier step."""
    return msgspec.structs.replace(node, attributes=msgspec.structs.replace(node.attributes, type=HIDDEN))


def with_value(node: Node, value: Any) -> Node:
    """Return the same input with a value in it."""
    return msgspec.structs.replace(node, attributes=msgspec.structs.replace(node.attributes, value=value))


def kept(ui: Ui) -> dict[str, Any]:
    """Return what earlier submits left in the form: values of inputs that people type in."""
    return {
        node.attributes.name: node.attributes.value
        for node in ui.nodes
        if node.attributes.value is not None and _keeps_value(node.attributes)
    }


def answered(
    ui: Ui, *, values: Mapping[str, Any], complaints: Sequence[Complaint], messages: Sequence[UiText] = ()
) -> Ui:
    """Return `ui` with the submitted `values` in its nodes, and each complaint where it belongs.

    Only nodes that are there get values, buttons and the password's never. What is said of a button is said above the
    form: several buttons share a name, and nobody looks for words beside one.
    """
    complaints = [msgspec.structs.replace(item, message=_cut(item.message)) for item in complaints]
    found = [_answered(node, values, complaints) for node in ui.nodes]
    inputs = {node.attributes.name for node in found if node.attributes.type != SUBMIT}
    buttons = {node.attributes.name for node in found} - inputs
    known = inputs | buttons
    strays = dict.fromkeys(item.node for item in complaints if item.node and item.node not in known)
    found += [_with_messages(field(name, type=TEXT, group=DEFAULT_GROUP), complaints) for name in strays]
    general = tuple(item.message for item in complaints if not item.node or item.node in buttons)
    return msgspec.structs.replace(ui, nodes=tuple(found), messages=(*messages, *general))


def flattened(value: Any, prefix: str) -> dict[str, Any]:
    """Return the leaves of a JSON object under their dotted names; items of a list by their index."""
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = {str(index): item for index, item in enumerate(value[:MAX_OPTIONS])}.items()
    else:
        return {prefix: value}
    leaves: dict[str, Any] = {}
    for key, item in inner:
        leaves.update(flattened(item, f"{prefix}.{key}"))
    return leaves


def _keeps_value(inside: Attributes) -> bool:
    return inside.type not in (SUBMIT, "password") and inside.name not in (CSRF_NODE, METHOD_NODE)


def _is_shown_again(value: Any) -> bool:
    """Anyone may post anything, and each flow is stored: what nobody types isn't kept for them."""
    return len(value) <= MAX_SHOWN_AGAIN if isinstance(value, str) else not isinstance(value, dict | list)


def _cut(message: UiText) -> UiText:
    """Return the message without the rest of a long text that it quotes."""
    if len(message.text) <= MAX_QUOTED and len(str(message.context)) <= MAX_QUOTED:
        return message
    return msgspec.structs.replace(message, text=message.text[:MAX_QUOTED], context=None)


def _answered(node: Node, values: Mapping[str, Any], complaints: Sequence[Complaint]) -> Node:
    inside = node.attributes
    if inside.name in values and _keeps_value(inside) and _is_shown_again(values[inside.name]):
        node = msgspec.structs.replace(node, attributes=msgspec.structs.replace(inside, value=values[inside.name]))
    return _with_messages(node, complaints)


def _with_messages(node: Node, complaints: Sequence[Complaint]) -> Node:
    own = tuple(item.message for item in complaints if item.node == node.attributes.name)
    if node.attributes.type == SUBMIT:
        return node
    return msgspec.structs.replace(node, messages=own)


def _trait_nodes(item: Field, *, group: str, values: Mapping[str, Any]) -> list[Node]:
    """Return a trait's input; a list has one for something new, and one for each item it has."""
    if item.type != ARRAY:
        return [_trait(item, group=group, value=values.get(item.name))]
    present = [name for name in values if name.rpartition(".")[0] == item.name]
    items = [msgspec.structs.replace(item, name=name, title="", required=False) for name in present]
    return [
        _trait(item, group=group, value=None),
        *(_trait(one, group=group, value=values[one.name]) for one in items),
    ]


def _trait(item: Field, *, group: str, value: Any) -> Node:
    options = [{"value": choice} for choice in item.choices[:MAX_OPTIONS]] or None
    return field(
        item.name,
        type=FORMAT_TYPES.get(item.format) or INPUT_TYPES.get(item.type, TEXT),
        group=group,
        value=value,
        required=item.required,
        autocomplete=AUTOCOMPLETE.get(item.format),
        pattern=item.pattern or None,
        options=options,
        label=labels.trait(item.title, name=item.name) if item.title else None,
    )
