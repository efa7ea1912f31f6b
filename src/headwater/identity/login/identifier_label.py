"""What the identifier input is called: by the trait's title where there is just one to sign in with, "ID" otherwise."""

from collections.abc import Iterator
from typing import Any

from headwater.identity.messages import labels
from headwater.identity.messages.text import UiText
from headwater.identity.people.claims import BRANCHES, CONDITIONALS, EXTENSION
from headwater.identity.people.fields import MAX_SCHEMA_DEPTH, resolve
from headwater.identity.people.schema import IdentitySchema

# What of the extension's `credentials` makes a trait something to sign in with.
IDENTIFYING = (
    ("password", "identifier"),
    ("webauthn", "identifier"),
    ("code", "identifier"),
    ("passkey", "display_name"),
    ("totp", "account_name"),
)
ALTERNATIVES = (*BRANCHES, *CONDITIONALS)


def of(schema: IdentitySchema) -> UiText:
    """Return the label."""
    # By name: a trait that several branches of the schema describe is still one trait.
    titles = dict(_identifiers(schema.document["properties"]["traits"], schema.document, name="traits", depth=0))
    if len(titles) == 1:
        name, title = titles.popitem()
        if title:
            return labels.trait(title, name=name)
    return labels.identifier()


def _identifiers(raw: Any, document: dict[str, Any], *, name: str, depth: int) -> Iterator[tuple[str, str]]:
    """Yield the dotted name and the title of each trait that identifies; a schema inside itself ends somewhere."""
    if depth > MAX_SCHEMA_DEPTH:
        return
    schema = resolve(raw, document)
    if _is_identifying(schema):
        yield name, schema.get("title", "")
    for keyword in ALTERNATIVES:
        inner = schema.get(keyword, ())
        for part in inner if isinstance(inner, list) else (inner,) if inner else ():
            yield from _identifiers(part, document, name=name, depth=depth + 1)
    for key, child in schema.get("properties", {}).items():
        yield from _identifiers(child, document, name=f"{name}.{key}", depth=depth + 1)


def _is_identifying(schema: dict[str, Any]) -> bool:
    credentials = schema.get(EXTENSION, {}).get("credentials", {})
    return any(credentials.get(kind, {}).get(key) for kind, key in IDENTIFYING)
