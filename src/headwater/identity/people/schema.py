"""Identity schemas: what traits a project's people have, and which of them they sign in with or are reached at."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import jsonschema_rs
import msgspec

from headwater.identity.config.section import kind, problem
from headwater.identity.messages import validation
from headwater.identity.messages.text import Complaint
from headwater.identity.people import bounds, claims, fields, identifiers, unfolding, violations
from headwater.identity.people.claims import EXTENSION, Claims
from headwater.identity.people.fields import MAX_SCHEMA_DEPTH, Field
from headwater.identity.people.presets import PRESETS

PRESET = "preset://"
BASE64 = "base64://"
MAX_SCHEMA_BYTES = 256 * 1024
MOST_VALUES = 1_000  # whose mistakes are looked for: more than any form has
TOO_MANY = f"these traits don't fit their schema, and have too many values (over {MOST_VALUES:,}) to say which of them"

# A pattern that backtracks without end (`^(a+)+$`) gives up here, after milliseconds, instead of holding the loop.
PATTERNS = jsonschema_rs.FancyRegexOptions(backtrack_limit=100_000)
# "Ada <ada@example.org>" is no address to sign in with, and a way to smuggle a header into a mail.
EMAILS = jsonschema_rs.EmailOptions(allow_display_text=False)

EXTENSION_META = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "credentials": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "password": {"$ref": "#/definitions/identifier"},
                "webauthn": {"$ref": "#/definitions/identifier"},
                "passkey": {"type": "object", "properties": {"display_name": {"type": "boolean"}}},
                "totp": {"type": "object", "properties": {"account_name": {"type": "boolean"}}},
                "code": {
                    "type": "object",
                    "properties": {"identifier": {"type": "boolean"}, "via": {"enum": ["email", "sms"]}},
                },
            },
        },
        "verification": {"$ref": "#/definitions/via"},
        "recovery": {"$ref": "#/definitions/via"},
        "organizations": {"type": "object", "properties": {"matcher": {"const": "email_domain"}}},
    },
    "definitions": {
        "identifier": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"identifier": {"type": "boolean"}},
        },
        "via": {"type": "object", "additionalProperties": False, "properties": {"via": {"enum": ["email", "sms"]}}},
    },
}
_extension_meta = jsonschema_rs.Draft7Validator(EXTENSION_META)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentitySchema:
    """A compiled schema. `encoded_id` is how it appears in URLs, as ids may hold slashes."""

    id: str
    document: dict[str, Any]
    is_selectable: bool
    fields: tuple[Field, ...]
    validator: jsonschema_rs.Draft7Validator

    @property
    def encoded_id(self) -> str:
        return encoded(self.id)

    def validate(self, traits: dict[str, Any]) -> tuple[Complaint, ...]:
        """Return what is wrong with `traits`, nothing if they fit; of very many values only that something is.

        The engine finds all mistakes before it tells one: 60,000 wrong items of a list take it seconds.
        """
        whole = {"traits": traits}
        if self.validator.is_valid(whole):
            return ()
        if bounds.has_more_than(MOST_VALUES, traits):
            return (Complaint(node="traits", message=validation.generic(TOO_MANY)),)
        return violations.complaints(self.validator.iter_errors(whole))

    def claims(self, traits: dict[str, Any]) -> Claims:
        """Return the identifiers and addresses in valid `traits`."""
        return claims.find(self.document, traits)


def load(id: str, url: str, *, path: str, is_selectable: bool = False) -> IdentitySchema:  # noqa: A002  Ory's key
    """Read and compile the schema at `url`. Raises ConfigProblem naming `path`."""
    document = read(url, path=path)
    check_schema(document, path=path)
    return IdentitySchema(
        id=id, document=document, is_selectable=is_selectable, fields=fields.of(document), validator=_compile(document)
    )


def read(url: str, *, path: str) -> dict[str, Any]:
    """Return the document of a `preset://` or `base64://` url; nothing is fetched, here or later."""
    if url.startswith(PRESET):
        if url not in PRESETS:
            raise problem(path, f"names the unknown preset {url!r}; there is {', '.join(PRESETS)}")
        return PRESETS[url]
    if not url.startswith(BASE64):
        scheme = url.partition("://")[0]
        raise problem(path, f"can't be read: {scheme}:// schemas aren't supported yet, paste it as base64://")
    return _decoded(url.removeprefix(BASE64), path)


def check_schema(document: Any, *, path: str = "") -> None:
    """Raise ConfigProblem, naming path and reason, unless `document` can serve as an identity schema."""
    if not isinstance(document, dict):
        raise problem(path, f"must decode to a JSON object, not {kind(document)}")
    traits = document.get("properties", {}).get("traits") if isinstance(document.get("properties"), dict) else None
    if not isinstance(traits, dict):
        raise problem(path, "needs an object at properties.traits")
    if not isinstance(traits.get("properties"), dict) or not traits["properties"]:
        raise problem(path, "needs at least one trait in properties.traits.properties")
    if traits.get("type", "object") != "object":
        raise problem(path, "properties.traits must be of type object")
    _check_parts(document, path=path, where="", depth=0)
    if unfolding.most(document) > unfolding.MOST:
        raise problem(
            path, f"has parts that name each other without end, or more than {unfolding.MOST:,} for one value"
        )
    _compile(document, path=path)


def encoded(schema_id: str) -> str:
    """Return a schema's id as Ory's URLs write it."""
    return base64.urlsafe_b64encode(schema_id.encode()).decode().rstrip("=")


def _decoded(text: str, path: str) -> dict[str, Any]:
    compact = "".join(text.split())
    if len(compact) > MAX_SCHEMA_BYTES:
        raise problem(path, f"is larger than {MAX_SCHEMA_BYTES // 1024} KiB")
    try:
        document = msgspec.json.decode(base64.b64decode(compact, validate=True))
    except binascii.Error as error:
        raise problem(path, f"is not standard base64 with padding: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise problem(path, f"does not decode to JSON: {error}") from error
    except RecursionError as error:
        raise problem(path, "is nested too deeply") from error
    if not isinstance(document, dict):
        raise problem(path, f"must decode to a JSON object, not {kind(document)}")
    return document


def _check_parts(part: Any, *, path: str, where: str, depth: int) -> None:
    """Look at every object in the schema for an extension that isn't one, or a reference that leaves the document."""
    if depth > MAX_SCHEMA_DEPTH:
        raise problem(path, "is nested too deeply")
    if isinstance(part, dict):
        _check_object(part, path=path, where=where)
    inner = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, item in inner:
        if key != EXTENSION:
            _check_parts(item, path=path, where=f"{where}/{key}", depth=depth + 1)


def _check_object(part: dict[str, Any], *, path: str, where: str) -> None:
    reference = part.get("$ref")
    if isinstance(reference, str) and not reference.startswith("#"):
        raise problem(path, f"refers to {reference!r} at {where}; only references within the schema (#/…) are allowed")
    if EXTENSION in part and (error := next(_extension_meta.iter_errors(part[EXTENSION]), None)) is not None:
        raise problem(path, f"has a wrong {EXTENSION} at {where}: {error.message}")


def _is_phone(text: str) -> bool:
    return identifiers.phone_or_none(text) is not None


def _compile(document: dict[str, Any], *, path: str = "") -> jsonschema_rs.Draft7Validator:
    try:
        return jsonschema_rs.Draft7Validator(
            document,
            validate_formats=True,
            offline=True,
            pattern_options=PATTERNS,
            email_options=EMAILS,
            formats={"tel": _is_phone},
        )
    except jsonschema_rs.ValidationError as error:
        where = "/".join(str(step) for step in error.instance_path)
        raise problem(path, f"is no valid draft-07 schema at /{where}: {error.message}") from error
