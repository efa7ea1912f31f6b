"""Everything a kratos.yml points at (schemas, Jsonnet, templates, key sets) put into the document itself.

A stored identity-config is whole: a server that runs on it looks at no files of Kratos's. What Kratos fetches again
and again (the Jsonnet of hooks, of mail by HTTP and of claims mappers) the server fetches, too, unless it is embedded.
"""

import base64
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

from headwater.actions.known_hooks import CLOSED_EDITION_METHODS, FLOWS, METHODS
from headwater.cli.kratos_files import FILE, Files, UnreadableFileError
from headwater.cli.kratos_findings import EMBEDDED, REFUSED, TAKEN, Finding, pointer

BASE64 = "base64://"
WEB = ("http://", "https://")
SCHEME = "://"
ANY = "*"
BODIES = ("courier/http/request_config/body", "courier/channels/*/request_config/body")
PLACES = (
    "identity/schemas/*/url",
    "session/whoami/tokenizer/templates/*/jwks_url",
    "session/whoami/tokenizer/templates/*/claims_mapper_url",
    "selfservice/methods/oidc/config/providers/*/mapper_url",
    "selfservice/methods/password/config/migrate_hook/config/body",
    *BODIES,
)
TEMPLATE_PARTS = ("subject", "body/html", "body/plaintext")
NOT_FETCHED = "is on the network: run this again with --fetch, or save it beside the kratos.yml and name it as file://"

FETCHED_LATER = "is fetched by the server when it is needed; run this again with --fetch to embed what is there now"
MAPPER, BODY = "mapper_url", "body"

Fetch = Callable[[str], Awaitable[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a URL stands."""

    holder: dict[str, Any]
    key: str
    path: str

    @property
    def url(self) -> str:
        return str(self.holder[self.key])


async def embed(document: dict[str, Any], *, files: Files, fetch: Fetch | None) -> list[Finding]:
    """Replace each URL in `document` by what it names, and return what was embedded, and what could not be."""
    findings = []
    for place in _places(document):
        if place.url.startswith(WEB) and fetch is None:
            findings.append(_left(place))
        elif place.url.startswith((*WEB, FILE)) or SCHEME not in place.url:
            findings.append(await _embed_one(place, files=files, fetch=fetch))
    return findings


def encoded(content: bytes) -> str:
    """Return the URL that carries `content` itself."""
    return BASE64 + base64.b64encode(content).decode()


def _left(place: _Place) -> Finding:
    if place.key in (MAPPER, BODY):
        return Finding(path=place.path, outcome=TAKEN, advice=FETCHED_LATER)
    return Finding(path=place.path, outcome=REFUSED, advice=NOT_FETCHED)


async def _embed_one(place: _Place, *, files: Files, fetch: Fetch | None) -> Finding:
    url = place.url
    try:
        if fetch is not None and url.startswith(WEB):
            content, origin = await fetch(url), url
        else:
            found = files.find(url)
            content, origin = files.read(found), files.name(found)
    except UnreadableFileError as error:
        return Finding(path=place.path, outcome=REFUSED, advice=f"{url} {error.message}")
    place.holder[place.key] = encoded(content)
    return Finding(path=place.path, outcome=EMBEDDED, advice=f"from {origin}")


def _places(document: dict[str, Any]) -> Iterator[_Place]:
    hooks = "selfservice/flows/{}/{}hooks/*/config/body"
    for flow in FLOWS:
        methods = (*METHODS[flow], *CLOSED_EDITION_METHODS)
        for moment in ("before/", "after/", *(f"after/{method}/" for method in methods)):
            yield from _matching(document, hooks.format(flow, moment))
    for pattern in PLACES:
        yield from _matching(document, pattern)
    for kind in ("courier/templates/*/*", "courier/templates/*/*/*"):
        for part in TEMPLATE_PARTS:
            yield from _matching(document, f"{kind}/{part}")


def _matching(document: dict[str, Any], pattern: str) -> Iterator[_Place]:
    *steps, key = pattern.split("/")
    found: list[tuple[tuple[str | int, ...], Any]] = [((), document)]
    for step in steps:
        found = [((*path, name), value) for path, part in found for name, value in _below(part, step)]
    for path, holder in found:
        if isinstance(holder, dict) and isinstance(holder.get(key), str) and holder[key]:
            yield _Place(holder=holder, key=key, path=pointer((*path, key)))


def _below(part: Any, step: str) -> list[tuple[str | int, Any]]:
    if isinstance(part, list):
        return list(enumerate(part)) if step == ANY else []
    if not isinstance(part, dict):
        return []
    return list(part.items()) if step == ANY else [(step, part[step])] if step in part else []
