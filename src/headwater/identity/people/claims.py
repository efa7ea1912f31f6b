"""What the `ory.sh/kratos` extension says about a person's traits: identifiers to sign in with, addresses to reach.

Pure. The traits were validated before; here only values in extended places are looked at.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from headwater.identity import messages
from headwater.identity.messages import Complaint
from headwater.identity.people import identifiers
from headwater.identity.people.fields import resolve

EXTENSION = "ory.sh/kratos"
VERIFIABLE = "verifiable"
RECOVERY = "recovery"
EMAIL = "email"
SMS = "sms"

BRANCHES = ("allOf", "anyOf", "oneOf")
CONDITIONALS = ("then", "else")


class AddressClaim(msgspec.Struct, frozen=True, kw_only=True):
    """An address in the traits and what it is for."""

    purpose: str
    via: str
    value: str


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the extension found."""

    password_identifiers: tuple[str, ...] = ()
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


def find(document: dict[str, Any], traits: dict[str, Any]) -> Claims:
    """Return what `traits` claim under the schema `document`."""
    extended = list(_walk(document["properties"]["traits"], traits, document, node="traits"))
    found: dict[str, None] = {}
    addresses: dict[AddressClaim, None] = {}
    complaints: list[Complaint] = []
    for item in extended:
        if item.extension.get("credentials", {}).get("password", {}).get("identifier"):
            _claim_identifier(item, found, complaints)
        for purpose, key in ((VERIFIABLE, "verification"), (RECOVERY, "recovery")):
            via = item.extension.get(key, {}).get("via")
            if via:
                _claim_address(item, addresses, complaints, purpose=purpose, via=via)
    unique = {(complaint.node, complaint.message.id): complaint for complaint in complaints}
    return Claims(password_identifiers=tuple(found), addresses=tuple(addresses), complaints=tuple(unique.values()))


def _claim_identifier(item: _Extended, found: dict[str, None], complaints: list[Complaint]) -> None:
    identifier = identifiers.normalised(item.value)
    if not _is_too_long(identifier, item, complaints) and identifier:
        found[identifier] = None


def _claim_address(
    item: _Extended, addresses: dict[AddressClaim, None], complaints: list[Complaint], *, purpose: str, via: str
) -> None:
    value = _address_or_none(item, via)
    if value is None:
        complaint = messages.email(item.value) if via == EMAIL else messages.phone(item.value)
        complaints.append(Complaint(node=item.node, message=complaint))
    elif not _is_too_long(value, item, complaints):
        addresses[AddressClaim(purpose=purpose, via=via, value=value)] = None


def _address_or_none(item: _Extended, via: str) -> str | None:
    if item.schema.get("format") == "no-validate":
        return identifiers.normalised(item.value)
    return identifiers.email_or_none(item.value) if via == EMAIL else identifiers.phone_or_none(item.value)


def _is_too_long(value: str, item: _Extended, complaints: list[Complaint]) -> bool:
    if len(value) <= identifiers.MAX_IDENTIFIER_LENGTH:
        return False
    message = messages.max_length(identifiers.MAX_IDENTIFIER_LENGTH, actual=len(value))
    complaints.append(Complaint(node=item.node, message=message))
    return True


def _walk(
    raw: Any, value: Any, document: dict[str, Any], *, node: str, seen: frozenset[int] = frozenset()
) -> Iterator[_Extended]:
    """Visit every schema that `value` and its parts answer to; `seen` breaks circles of references at one value."""
    schema = resolve(raw, document)
    if id(schema) in seen:
        return
    if EXTENSION in schema and isinstance(value, str | int) and not isinstance(value, bool):
        yield _Extended(node=node, value=str(value), schema=schema)
    for branch in _branches(schema):
        yield from _walk(branch, value, document, node=node, seen=seen | {id(schema)})
    for child, inner, name in _children(schema, value, node):
        yield from _walk(child, inner, document, node=name)


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
