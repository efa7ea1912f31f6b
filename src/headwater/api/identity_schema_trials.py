"""POST /projects/{id}/identity-schema-check: does a schema take these traits, and the people who are there.

Nothing is changed. Who tries a schema of their own may change the project's, too: to compile one costs.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import msgspec
from litestar import post
from litestar.params import FromPath, JSONBody

from headwater.api import identity_schema_edits
from headwater.api import identity_schema_shape as shape
from headwater.api.project_desk import AnyRequest, ProjectDesk
from headwater.core.errors import BadRequestError, ForbiddenError, HeadwaterError
from headwater.identity.messages.text import Complaint
from headwater.identity.people import bounds, schema, schema_people
from headwater.identity.people.schema import IdentitySchema
from headwater.web import access
from headwater.web.access import needs
from headwater.workspace import document_diff

MOST_PEOPLE = 10_000
EXAMPLES = 5
CLIENTS_FAULTS = range(400, 500)

Person = tuple[str, dict[str, Any]]


class Wish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`id` names the stored schema that it is about, `schema` or `url` what it would become; `traits` are tried on it.

    So are the traits of the `newest` people who have the stored one; 0: of nobody.
    """

    id: str | None = None
    schema: dict[str, Any] | None = None
    url: str | None = None
    traits: dict[str, Any] | None = None
    newest: Annotated[int, msgspec.Meta(ge=0, le=MOST_PEOPLE)] = 0


def handlers(*, desk: ProjectDesk) -> list[Any]:
    """Return the handler."""

    @post("/", guards=[needs("projects.read", audited=None)], status_code=200)
    async def check(request: AnyRequest, id_or_slug: FromPath[str], data: JSONBody[Wish]) -> dict[str, Any]:
        project = await desk.find(request, id_or_slug)
        is_own = data.schema is not None or data.url is not None
        if is_own and not access.may(request, "projects.write"):
            raise ForbiddenError("Only who may change a project may try a schema of their own: projects.write.")
        shown = await desk.show(project)
        place = _place_or_none(shown, data)
        stored = None if place is None else shape.one_of(shown, place)
        url, before = _url(data, stored), stored["schema"] if stored else {}
        try:
            loaded = schema.load(data.id or "", url, path="/schema")
        except HeadwaterError as error:
            if error.status not in CLIENTS_FAULTS:
                raise
            problem = {"code": error.code, "message": error.message}
            return {"valid": False, "problem": problem, "uses": [], "changes": [], "traits": None, "people": None}
        known: Sequence[Person] = ()
        if stored is not None and data.newest:
            known = await desk.database.read(
                lambda c: schema_people.newest(c, stored["id"], project_id=project.id, limit=data.newest)
            )
        return {
            "valid": True,
            "problem": None,
            "uses": shape.uses(loaded.document),
            "changes": document_diff.diff(before or {}, loaded.document),
            "traits": None if data.traits is None else _traits(loaded, data.traits),
            # On a thread: thousands of people take longer than whoever signs in meanwhile should wait.
            "people": await asyncio.to_thread(_people, loaded, known) if data.newest else None,
        }

    return [check]


def _place_or_none(shown: dict[str, Any], wish: Wish) -> int | None:
    """Return where the stored schema is, None for one that isn't yet.

    Raises NoSuchIdentitySchemaError, BadRequestError where its people are asked for: nobody would be left out by it.
    """
    if wish.id is None:
        if wish.newest:
            raise BadRequestError("`newest` is about the people of a stored schema: say its `id`.", path="/id")
        return None
    return identity_schema_edits.place_of(shown, wish.id) if wish.newest else shape.find(shown, wish.id)


def _url(wish: Wish, stored: dict[str, Any] | None) -> str:
    if wish.schema is not None:
        return shape.encoded_url(wish.schema)
    if wish.url is not None:
        return wish.url
    if stored is None or stored["schema"] is None:
        raise BadRequestError("Say which schema: the id of one that is there, or `schema`, a JSON object.")
    return shape.encoded_url(stored["schema"])


def _traits(loaded: IdentitySchema, traits: dict[str, Any]) -> dict[str, Any]:
    bounds.require_bounded(traits, path="traits")
    complaints = list(loaded.validate(traits))
    claims = None if complaints else loaded.claims(traits)
    complaints += claims.complaints if claims else ()
    return {
        "valid": not complaints,
        "problems": [_problem(one) for one in complaints],
        "identifiers": list(claims.password_identifiers) if claims else [],
        "code_addresses": msgspec.to_builtins(claims.code_addresses) if claims else [],
        "addresses": msgspec.to_builtins(claims.addresses) if claims else [],
    }


def _people(loaded: IdentitySchema, known: Iterable[Person]) -> dict[str, Any]:
    looked_at, invalid = 0, 0
    examples: list[dict[str, Any]] = []
    for person_id, traits in known:
        looked_at += 1
        if complaints := (*loaded.validate(traits), *loaded.claims(traits).complaints):
            invalid += 1
            if len(examples) < EXAMPLES:
                examples.append({"id": person_id, "problems": [_problem(one) for one in complaints]})
    return {"looked_at": looked_at, "invalid": invalid, "examples": examples}


def _problem(complaint: Complaint) -> dict[str, Any]:
    path = "/" + complaint.node.replace(".", "/") if complaint.node else "/traits"
    return {"path": path, "message": complaint.message.text}
