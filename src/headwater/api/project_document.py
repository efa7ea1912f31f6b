"""What may become of a project's document by a patch, a PUT or a rollback, whatever the identity-config says. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from headwater.actions import problems
from headwater.actions.problems import ConfigWarning
from headwater.core.errors import BadRequestError, HeadwaterError
from headwater.identity.config_schema import idle_keys
from headwater.workspace import json_patch, project_cors, projects

# What Ory's console API lets nobody change by a patch.
FIXED = (
    "id",
    "slug",
    "revision_id",
    "state",
    "environment",
    "home_region",
    "workspace_id",
    "hosts",
    "created_at",
    "updated_at",
)
# Under this the ory CLI prints, and sends back, what its client has no field for.
ORY_CLI_EXTRAS = "AdditionalProperties"
KEPT = ("name", "services", "cors_admin", "cors_public", "organizations")
CORS = ("cors_admin", "cors_public")
NO_CORS: Mapping[str, Any] = {"enabled": False, "origins": []}
IDENTITY = "identity"
SERVICE_NOT_RUN = "service_not_run"
SERVICES = (IDENTITY, "oauth2", "permission", "account_experience", "talos")
CONFIG_HINT = "An identity-config path begins with /services/identity/config."


class NoOrganizationsError(HeadwaterError):
    """Headwater has no organizations: sign-in by a company's own provider is set up in selfservice.methods.oidc."""

    code = "no_organizations"
    status = 501


def patched(shown: dict[str, Any], operations: Any) -> dict[str, Any]:
    """Return what is stored once a JSON Patch is applied to a project as it is shown. Raises BadRequestError."""
    return _kept(shown, json_patch.apply(shown, operations))


def replaced(shown: dict[str, Any], body: Any) -> dict[str, Any]:
    """Return what is stored after a PUT (Ory's setProject): the services that `body` names are what it says.

    What it doesn't name stays. What only we decide is passed over: the ory CLI sends a project back whole, as
    `ory get project` printed it. Raises BadRequestError.
    """
    if not isinstance(body, dict) or not isinstance(body.get("services"), dict):
        raise BadRequestError("A project is set by an object with `services`, such as {services: {identity: {…}}}.")
    unknown = sorted(body.keys() - {*KEPT, *FIXED, ORY_CLI_EXTRAS})
    if unknown:
        raise BadRequestError(f"A project is set by {', '.join(KEPT)}; there is no {unknown[0]!r}.")
    json_patch.require_bounded(body)
    wanted = {key: value for key, value in body.items() if key in KEPT}
    return _kept(shown, {**shown, **wanted, "services": {**shown["services"], **body["services"]}})


def restored(shown: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """Return what is stored when a project becomes what `document`, an earlier one of its own, says."""
    return _kept(shown, {**shown, **document})


def with_cors(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document as it is shown: `cors_admin` and `cors_public` are always there, Ory's CLI relies on it."""
    return {**document, **{key: {**NO_CORS, **(document.get(key) or {})} for key in CORS}}


def warnings(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a word for each service that is kept, and that nothing runs on, and for CORS that nothing follows."""
    idle = [
        ConfigWarning(code=SERVICE_NOT_RUN, message=f"services.{name} is kept as it is, and nothing here runs on it.")
        for name in document["services"]
        if name != IDENTITY
    ]
    return [problems.shown(one) for one in (*idle, *_cors_doubts(document))]


def _cors_doubts(document: dict[str, Any]) -> Iterator[ConfigWarning]:
    public, admin = document.get("cors_public") or {}, document.get("cors_admin") or {}
    if public.get("enabled") and project_cors.ANY in public.get("origins", ()):
        message = "/cors_public/origins: * is passed over, as every site could act as the person. Name the origins."
        yield ConfigWarning(code=idle_keys.CODE, message=message)
    if admin.get("enabled"):
        message = "/cors_admin: kept, and without effect here; no web page may call the admin API."
        yield ConfigWarning(code=idle_keys.CODE, message=message)


def _kept(before: dict[str, Any], after: Any) -> dict[str, Any]:
    """Return the part of a changed project that is stored. Raises BadRequestError when it lost its shape."""
    if not isinstance(after, dict):
        raise BadRequestError("The patch leaves no project document.")
    for key in FIXED:
        if after.get(key) != before.get(key):
            raise BadRequestError(f"/{key} can't be changed by a patch.", path=f"/{key}")
    unknown = sorted(after.keys() - {*FIXED, *KEPT})
    if unknown:
        raise BadRequestError(f"A project document has no key {unknown[0]!r}. {CONFIG_HINT}", path=f"/{unknown[0]}")
    projects.checked_name(after.get("name"))
    _check_services(after.get("services"))
    for key in CORS:
        _check_cors(after.get(key, {}), path=f"/{key}")
    if after.get("organizations", []) != []:
        raise NoOrganizationsError
    return with_cors({"organizations": [], **{key: after[key] for key in KEPT if key in after}})


def _check_services(services: Any) -> None:
    if not isinstance(services, dict) or not _has_config(services.get(IDENTITY)):
        raise BadRequestError("The patch leaves no object at /services/identity/config.")
    for name, service in services.items():
        if name not in SERVICES:
            raise BadRequestError(f"There is no service {name!r}. They are {', '.join(SERVICES)}. {CONFIG_HINT}")
        if not _has_config(service) or service.keys() != {"config"}:
            raise BadRequestError(f"/services/{name} must hold `config`, an object, and nothing else. {CONFIG_HINT}")


def _has_config(service: Any) -> bool:
    return isinstance(service, dict) and isinstance(service.get("config"), dict)


def _check_cors(rule: Any, *, path: str) -> None:
    expected = f"{path} must be an object such as {{enabled: true, origins: [https://app.example.org]}}."
    if not isinstance(rule, dict) or rule.keys() - NO_CORS.keys():
        raise BadRequestError(expected, path=path)
    origins = rule.get("origins", [])
    if not isinstance(rule.get("enabled", False), bool) or not isinstance(origins, list):
        raise BadRequestError(expected, path=path)
    if not all(isinstance(origin, str) for origin in origins):
        raise BadRequestError(expected, path=path)
