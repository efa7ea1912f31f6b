"""What the `ory.sh/kratos` extension says about a person's traits: identifiers to sign in with, addresses to reach.

Pure. The traits were validated before; here only values in extended places are looked at.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from headwater.identity.messages import validation
from headwater.identity.messages.text import Complaint, UiText
from headwater.identity.people import identifiers
from headwater.identity.people.fields import resolve

EXTENSION = "ory.sh/kratos"
VERIFIABLE = "verifiable"
RECOVERY = "recovery"
EMAIL = "email"
SMS = "sms"
NO_VALIDATE = "no-validate"

BRANCHES = ("allOf", "anyOf", "oneOf")
CONDITIONALS = ("then", "else")


class AddressClaim(msgspec.Struct, frozen=True, kw_only=True):
    """An address in the traits and what it is for."""

    purpose: str
    via: str
    value: str


class CodeAddress(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """An address that a one-time code may be sent to, to sign in with."""

    value: str
    via: str


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the extension found. `code_addresses` are in the order of their values, as Kratos keeps them."""

    password_identifiers: tuple[str, ...] = ()
    code_addresses: tuple[CodeAddress, ...] = ()
    addresses: tuple[AddressClaim, ...] = ()
    complaints: tuple[Complaint, ...] = ()


class _Extended(msgspec.Struct, frozen=True, kw_only=True):
    """A value and the extension of the schema it answers to."""

    node: str
    value: str
    schema: dict[str, Any]

    @property
    def extension(self) -> dict[str, Any]:
        extension: dict[str, Any] = self.schema[EXTENSION]
        return extension


class _Finds:
    """What was found so far; keys, so that everything is named once."""

    def __init__(self) -> None:
        self.identifiers: dict[str, None] = {}
        self.code_addresses: dict[CodeAddress, None] = {}
        self.addresses: dict[AddressClaim, None] = {}
        self.complaints: dict[tuple[str, int], Complaint] = {}

    def complain(self, node: str, message: UiText) -> None:
        self.complaints.setdefault((node, message.id), Complaint(node=node, message=message))


def find(document: dict[str, Any], traits: dict[str, Any]) -> Claims:
    """Return what `traits` claim under the schema `document`."""
    finds = _Finds()
    for item in _walk(document["properties"]["traits"], traits, document, node="traits", seen=set()):
        _claim(item, finds)
    return Claims(
        password_identifiers=tuple(finds.identifiers),
        code_addresses=tuple(sorted(finds.code_addresses)),
        addresses=tuple(finds.addresses),
        complaints=tuple(finds.complaints.values()),
    )


def _claim(item: _Extended, finds: _Finds) -> None:
    credentials = item.extension.get("credentials", {})
    if credentials.get("password", {}).get("identifier"):
        _claim_identifier(item, finds)
    code = credentials.get("code", {})
    if code.get("identifier"):
        via = code.get("via", EMAIL)
        if (value := _address_or_none(item, via, finds)) is not None:
            finds.code_addresses[CodeAddress(via=via, value=value)] = None
    for purpose, key in ((VERIFIABLE, "verification"), (RECOVERY, "recovery")):
        via = item.extension.get(key, {}).get("via")
        if via and (value := _address_or_none(item, via, finds)) is not None:
            finds.addresses[AddressClaim(purpose=purpose, via=via, value=value)] = None


def _claim_identifier(item: _Extended, finds: _Finds) -> None:
    identifier = identifiers.normalised(item.value)
    if identifier and not _is_too_long(identifier, item, finds):
        finds.identifiers[identifier] = None


def _address_or_none(item: _Extended, via: str, finds: _Finds) -> str | None:
    """Return the address in its one form; what is none is complained about."""
    if item.schema.get("format") == NO_VALIDATE:
        value = identifiers.normalised(item.value) or None
    else:
        value = identifiers.email_or_none(item.value) if via == EMAIL else identifiers.phone_or_none(item.value)
    if value is None:
        if item.schema.get("format") == NO_VALIDATE:
            return None  # an empty field
        finds.complain(item.node, validation.email(item.value) if via == EMAIL else validation.phone(item.value))
        return None
    return None if _is_too_long(value, item, finds) else value


def _is_too_long(value: str, item: _Extended, finds: _Finds) -> bool:
    if len(value) <= identifiers.MAX_IDENTIFIER_LENGTH:
        return False
    finds.complain(item.node, validation.max_length(identifiers.MAX_IDENTIFIER_LENGTH, actual=len(value)))
    return True


def _walk(
    raw: Any, value: Any, document: dict[str, Any], *, node: str, seen: set[tuple[int, int]]
) -> Iterator[_Extended]:
    """Visit every schema that `value` and its parts answer to, once for each of them, however often it is named."""
    schema = resolve(raw, document)
    if (id(schema), id(value)) in seen:
        return
    seen.add((id(schema), id(value)))
    if EXTENSION in schema and isinstance(value, str | int) and not isinstance(value, bool):
        yield _Extended(node=node, value=str(value), schema=schema)
    for branch in _branches(schema):
        yield from _walk(branch, value, document, node=node, seen=seen)
    for child, inner, name in _children(schema, value, node):
        yield from _walk(child, inner, document, node=name, seen=seen)


def _branches(schema: dict[str, Any]) -> Iterator[Any]:
    for keyword in BRANCHES:
        yield from schema.get(keyword, ())
    yield from (schema[keyword] for keyword in CONDITIONALS if keyword in schema)


def _children(schema: dict[str, Any], value: Any, node: str) -> Iterator[tuple[Any, Any, str]]:
    if isinstance(value, dict):
        for key, child in schema.get("properties", {}).items():
            if key in value:
                yield child, value[key], f"{node}.{key}"
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        for index, item in enumerate(value):
            yield schema["items"], item, f"{node}.{index}"
