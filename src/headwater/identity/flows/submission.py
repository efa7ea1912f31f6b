"""What a client posted to a flow, JSON or a form; bounded in size and depth before anyone reads on."""

import math
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from headwater.core.errors import BadRequestError
from headwater.core.secrets import Secret
from headwater.identity.config.section import kind
from headwater.identity.messages import validation
from headwater.identity.messages.text import Complaint
from headwater.identity.people.fields import ARRAY, Field

MAX_BODY_BYTES = 128 * 1024
MAX_DEPTH = 16
MAX_FORM_FIELDS = 500
# Every Action of the flow is told of it, some more than once: much more and they can't be rendered for this person.
MAX_PAYLOAD_BYTES = 8 * 1024
KIB = 1024

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
# Everything that any of our methods reads (reference/ory.md 3.4b); the rest is not looked at.
TEXTS = frozenset(
    {
        "address",
        "code",
        "csrf_token",
        "email",
        "id_token",
        "id_token_nonce",
        "identifier",
        "link",
        "method",
        "password",
        "password_identifier",
        "provider",
        "recovery_address",
        "recovery_confirm_address",
        "recovery_select_address",
        "resend",
        "screen",
        "token",
        "unlink",
    }
)
TRAITS = "traits."
PAYLOAD = "transient_payload"
DOTTED = (TRAITS, f"{PAYLOAD}.", "upstream_parameters.")
OBJECTS = frozenset({"traits", PAYLOAD, "upstream_parameters"})
PAYLOAD_TOO_LARGE = f"The {PAYLOAD} is larger than {MAX_PAYLOAD_BYTES // KIB} KiB."
NUMBER_TOO_LARGE = "This number is too large."
NUMBER_TOO_LARGE_IN = "{} holds a number that is too large."
# The buttons of providers say no method, as in Ory: whoever sends one of these chose social sign-in.
SOCIAL = ("provider", "link", "unlink")
OIDC = "oidc"
TRUE_WORDS = ("true", "on", "1")
NUMBERS = {"integer": int, "number": float}


class BadBodyError(BadRequestError):
    """The body can't be read. Send a JSON object, or a form."""

    code = "bad_body"


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """A submit, read but not judged: only members of known names and the right kind are in it.

    Nor is a number that no float holds, which no Jsonnet could read, or a transient payload that is too large.
    `complaints` are about what is left out. What people type is never shown in a repr.
    """

    texts: dict[str, str] = {}
    objects: dict[str, Any] = {}
    complaints: tuple[Complaint, ...] = ()

    def __repr__(self) -> str:
        return f"Submission(method={self.method!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("method", self.method)]

    @property
    def method(self) -> str:
        """The way that was chosen, nothing if none was."""
        return self.text("method") or (OIDC if any(self.text(name) for name in SOCIAL) else "")

    def text(self, name: str) -> str:
        """Return a text, nothing if it wasn't sent."""
        return self.texts.get(name, "")

    def secret(self, name: str) -> Secret:
        """Return a text that nobody may see again."""
        return Secret(self.texts.get(name, ""))

    @property
    def traits(self) -> dict[str, Any]:
        traits: dict[str, Any] = self.objects.get("traits", {})
        return traits

    @property
    def has_traits(self) -> bool:
        return "traits" in self.objects

    @property
    def transient_payload(self) -> dict[str, Any] | None:
        return self.objects.get(PAYLOAD)


def read(body: bytes, *, content_type: str, fields: Sequence[Field]) -> Submission:
    """Read a body. `fields` tell which form inputs are numbers or switches. Raises BadBodyError."""
    media = media_type(content_type)
    if media == JSON:
        return _submission(_nested(_from_json(body)))
    if media == FORM:
        return _submission(_from_form(body, fields))
    raise BadBodyError(f"Send the body as {JSON} or {FORM}, not {media or 'without a Content-Type'}.")


def media_type(content_type: str) -> str:
    """Return what a Content-Type says without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def _from_json(body: bytes) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadBodyError(f"The body is no JSON: {error}") from error
    except RecursionError as error:
        raise BadBodyError("The body is nested too deeply.") from error
    if not isinstance(value, dict):
        raise BadBodyError(f"The body must be a JSON object, not {kind(value)}.")
    _require_shallow(value)
    return value


def _nested(members: dict[str, Any]) -> dict[str, Any]:
    """Take members that are named as the form's nodes are (`traits.name.first`) for what they mean.

    Interfaces that post what they were shown send them so; Ory reads them, too.
    """
    nested = {name: value for name, value in members.items() if not name.startswith(DOTTED)}
    for name, value in members.items():
        if name.startswith(DOTTED):
            _require_few_steps(name)
            if not isinstance(nested.setdefault(name.partition(".")[0], {}), dict):
                continue  # the object it belongs to is no object, which is complained about
            _put(nested, name.split("."), value)
    return nested


def _require_shallow(value: Any) -> None:
    """Refuse what recursion further in could choke on: level by level, so that this check itself can't."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for item in level for child in _children(item)]
        if not level:
            return
    raise BadBodyError(f"The body is nested deeper than {MAX_DEPTH} levels.")


def _children(item: Any) -> list[Any]:
    if isinstance(item, dict):
        return list(item.values())
    return item if isinstance(item, list) else []


def _submission(members: dict[str, Any]) -> Submission:
    given = {name: value for name, value in members.items() if value is not None}
    complaints: list[Complaint] = []
    texts: dict[str, str] = {}
    objects: dict[str, Any] = {}
    for names, type_, word, kept in ((TEXTS, str, "string", texts), (OBJECTS, dict, "object", objects)):
        for name in sorted(names & given.keys()):
            if isinstance(given[name], type_):
                kept[name] = given[name]
            else:
                message = validation.wrong_type([word], actual=kind(given[name]))
                complaints.append(Complaint(node=name, message=message))
    if len(msgspec.json.encode(objects.get(PAYLOAD))) > MAX_PAYLOAD_BYTES:
        del objects[PAYLOAD]
        complaints.append(Complaint(message=validation.generic(PAYLOAD_TOO_LARGE)))
    for name, value in objects.items():
        lost: list[str] = []
        objects[name] = _without_endless(value, name, lost)
        complaints += _about_endless(name, lost[:1])
    return Submission(texts=texts, objects=objects, complaints=tuple(complaints))


def _without_endless(value: Any, path: str, lost: list[str]) -> Any:
    """Return `value` without the numbers that no float holds, whose paths are added to `lost`."""
    if isinstance(value, dict):
        members = {name: _without_endless(item, f"{path}.{name}", lost) for name, item in value.items()}
        return {name: item for name, item in members.items() if item is not msgspec.UNSET}
    if isinstance(value, list):
        items = [_without_endless(item, path, lost) for item in value]
        return [item for item in items if item is not msgspec.UNSET]
    if isinstance(value, int | float) and not _is_held_by_a_float(value):
        lost.append(path)
        return msgspec.UNSET
    return value


def _is_held_by_a_float(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:
        return False


def _about_endless(name: str, lost: list[str]) -> list[Complaint]:
    if f"{name}." == TRAITS:
        return [Complaint(node=path, message=validation.generic(NUMBER_TOO_LARGE)) for path in lost]
    return [Complaint(message=validation.generic(NUMBER_TOO_LARGE_IN.format(name))) for _ in lost]


def _from_form(body: bytes, fields: Sequence[Field]) -> dict[str, Any]:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FORM_FIELDS, errors="strict")
    except ValueError as error:
        raise BadBodyError(f"The form can't be read: {error}.") from error
    known = {field.name: field for field in fields}
    lists = {field.name for field in fields if field.type == ARRAY}
    values: dict[str, list[str]] = {}
    for name, text in pairs:
        values.setdefault(_list_name(name, lists), []).append(text)
    members: dict[str, Any] = {}
    for name, texts in values.items():
        _require_few_steps(name)
        given = texts
        if name.startswith(TRAITS):
            # As Ory: what the schema doesn't ask for is dropped, and so is what was left empty.
            given = [text for text in texts if text] if name in known else []
        if given:
            _put(members, name.split("."), _typed(given, known.get(name)))
    return _with_payload(members)


def _list_name(name: str, lists: set[str]) -> str:
    """Return the list that an item (`traits.tags.0`) belongs to; other names are themselves."""
    owner, _, index = name.rpartition(".")
    return owner if owner in lists and index.isdigit() else name


def _require_few_steps(name: str) -> None:
    if name.count(".") >= MAX_DEPTH:
        raise BadBodyError(f"The form's field names are nested deeper than {MAX_DEPTH} levels.")


def _with_payload(members: dict[str, Any]) -> dict[str, Any]:
    """A form carries the transient payload as dotted fields or as one field of JSON."""
    payload = members.get(PAYLOAD)
    if isinstance(payload, str):
        members[PAYLOAD] = _from_json(payload.encode()) if payload else None
    return members


def _typed(texts: list[str], field: Field | None) -> Any:
    """A switch is on when any of its inputs is (a hidden `false` before a checkbox is usual); else the last counts."""
    type_ = "string" if field is None else field.type
    if type_ == "boolean":
        return any(text.lower() in TRUE_WORDS for text in texts)
    if field is not None and type_ == ARRAY:
        return [_number_or_text(text, field.item_type) for text in texts]
    return _number_or_text(texts[-1], type_)


def _number_or_text(text: str, type_: str) -> Any:
    convert = NUMBERS.get(type_)
    try:
        return text if convert is None else convert(text)
    except ValueError:
        return text  # the schema says what is wrong with it


def _put(members: dict[str, Any], path: list[str], value: Any) -> None:
    for step in path[:-1]:
        child = members.setdefault(step, {})
        if not isinstance(child, dict):
            raise BadBodyError(f"The form has both {step!r} and fields below it.")
        members = child
    if isinstance(members.get(path[-1]), dict):
        raise BadBodyError(f"The form has both {path[-1]!r} and fields below it.")
    members[path[-1]] = value
