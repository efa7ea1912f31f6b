"""What becomes of a project as it is shown when one of its identity schemas is added, set or taken away. Pure."""

from collections.abc import Callable
from typing import Any

import msgspec

from headwater.api import project_document
from headwater.api.identity_schema_shape import SCHEMAS, encoded_url, find, listed, one_of
from headwater.core.errors import BadRequestError, ConflictError, NotFoundError
from headwater.workspace.json_equality import is_same

DEFAULT = "/services/identity/config/identity/default_schema_id"

Edit = Callable[[dict[str, Any]], dict[str, Any]]


class NoSuchIdentitySchemaError(NotFoundError):
    """The project has no identity schema of that id. `headwater list identity-schemas` shows which it has."""

    code = "no_such_identity_schema"


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a schema is to be: `schema` itself, or the `url` of one. What isn't named stays as it is.

    `revision` is the one that whoever asks has seen; if the project is at another by now, nothing is changed.
    """

    schema: dict[str, Any] | None = None
    url: str | None = None
    selfservice_selectable: bool | None = None
    default: bool = False
    revision: str | None = None


class New(Wanted, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A schema that isn't there yet, and what it's called."""

    id: str


def place_of(project: dict[str, Any], schema_id: str) -> int:
    """Return where in the list a schema is. Raises NoSuchIdentitySchemaError."""
    place = find(project, schema_id)
    if place is None:
        known = ", ".join(one["id"] for one in listed(project))
        raise NoSuchIdentitySchemaError(f"The project has no identity schema {schema_id!r}; it has {known}.")
    return place


def adding(wanted: New) -> Edit:
    """Return what adds one at the end. It raises ConflictError for an id that is taken."""

    def edit(shown: dict[str, Any]) -> dict[str, Any]:
        if find(shown, wanted.id) is not None:
            raise ConflictError(f"There is a schema {wanted.id!r} already. Choose another id.", path="/id")
        return _edited(shown, wanted.id, wanted)

    return edit


def setting(schema_id: str, wanted: Wanted) -> Edit:
    """Return what makes a schema what is wanted, or adds it."""
    return lambda shown: _edited(shown, schema_id, wanted)


def removing(schema_id: str) -> Edit:
    """Return what takes one away. It raises NoSuchIdentitySchemaError."""

    def edit(shown: dict[str, Any]) -> dict[str, Any]:
        gone = {"op": "remove", "path": f"{SCHEMAS}/{place_of(shown, schema_id)}"}
        return project_document.patched(shown, [gone])

    return edit


def _edited(shown: dict[str, Any], schema_id: str, wanted: Wanted) -> dict[str, Any]:
    place, given = find(shown, schema_id), _given(wanted)
    if place is None:
        if "url" not in given:
            raise BadRequestError(f"There is no schema {schema_id!r} yet: give `schema`, a JSON object, or `url`.")
        name = schema_id
        operations = [{"op": "add", "path": f"{SCHEMAS}/-", "value": {"id": name, **given}}]
    else:
        stored = one_of(shown, place)
        name = stored["id"]
        if wanted.schema is not None and is_same(stored["schema"], wanted.schema):
            del given["url"]  # it stays the preset that it is, say
        operations = [{"op": "add", "path": f"{SCHEMAS}/{place}/{key}", "value": value} for key, value in given.items()]
    if wanted.default:
        operations.append({"op": "add", "path": DEFAULT, "value": name})
    return project_document.patched(shown, operations)


def _given(wanted: Wanted) -> dict[str, Any]:
    if wanted.schema is not None and wanted.url is not None:
        raise BadRequestError("Give the schema itself or a url of one, not both.")
    url = wanted.url if wanted.schema is None else encoded_url(wanted.schema)
    members: dict[str, Any] = {"url": url, "selfservice_selectable": wanted.selfservice_selectable}
    return {name: value for name, value in members.items() if value is not None}
