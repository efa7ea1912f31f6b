"""What the ory CLI (HEAD 1e36467, August 2026) sends for each command, as it was recorded; and what reads the answers.

`{project}`, `{workspace}`, `{slug}` and `{identity}` are filled in with what is there, `{…}` of an earlier answer with
what it said. The models are those of Ory's generated clients.
"""

from dataclasses import dataclass, field
from typing import Any

OWNER, ADA = "a key of the workspace", "a key of the project"
API, DATA = "api", "{slug}.projects"
CONFIG = "/services/identity/config"
AFTER_REGISTRATION = f"{CONFIG}/selfservice/flows/registration/after"
HOOK = {
    "hook": "web_hook",
    "config": {
        "url": "https://api.segment.io/v1/identify",
        "method": "POST",
        "body": "base64://ZnVuY3Rpb24oY3R4KSB7dXNlcklkOiBjdHguaWRlbnRpdHkuaWR9",
        "auth": {"type": "basic_auth", "config": {"user": "a-write-key", "password": ""}},
    },
}
EVE = {"schema_id": "preset://email", "traits": {"email": "eve@example.org"}}


@dataclass(frozen=True)
class Call:
    """One request, the status it is answered with, and the model that reads the answer: `[Model]` for a list of them.

    `keep` names what later calls of the same command need, with where it is in the answer.
    """

    method: str
    path: str
    status: int
    model: str
    body: Any = None
    host: str = API
    keep: dict[str, str] = field(default_factory=dict)


ERROR = "ErrorGeneric"
WHICH_WORKSPACE = Call("GET", "/workspaces?page_size=250", 200, "ListWorkspaces")
WHICH_PROJECT = Call("GET", "/projects", 200, "[ProjectMetadata]")
SHOWN = Call("GET", "/projects/{project}", 200, "Project")
SET = {
    "name": "default",
    "cors_admin": {"enabled": False, "origins": []},
    "cors_public": {"enabled": False, "origins": []},
}


@dataclass(frozen=True)
class Command:
    """What somebody typed, with which key, and what was sent, in order."""

    typed: str
    key: str
    calls: tuple[Call, ...]


def patched(*operations: dict[str, Any], status: int = 200) -> Call:
    model = "SuccessfulProjectUpdate" if status == 200 else ERROR
    return Call("PATCH", "/projects/{project}", status, model, body=list(operations))


def identities(method: str, path: str, status: int, model: str, **more: Any) -> Call:
    return Call(method, f"/admin/identities{path}", status, model, host=DATA, **more)


COMMANDS = (
    Command("list workspaces", OWNER, (WHICH_WORKSPACE, WHICH_WORKSPACE)),
    Command(
        "list projects",
        OWNER,
        (WHICH_WORKSPACE, Call("GET", "/workspaces/{workspace}/projects", 200, "ListWorkspaceProjects")),
    ),
    Command("list projects", ADA, (WHICH_PROJECT, WHICH_PROJECT)),
    Command("get project {project}", OWNER, (WHICH_WORKSPACE, SHOWN)),
    Command(
        "create project --name Second --environment stage",
        OWNER,
        (
            WHICH_WORKSPACE,
            Call(
                "POST",
                "/projects",
                201,
                "Project",
                body={"environment": "stage", "name": "Second", "workspace_id": "{workspace}"},
            ),
        ),
    ),
    Command(
        "create workspace --name Other",
        OWNER,
        (WHICH_WORKSPACE, Call("POST", "/workspaces", 409, ERROR, body={"name": "Other"})),
    ),
    Command("get identity-config --project {project}", OWNER, (WHICH_WORKSPACE, SHOWN)),
    Command("get identity-config", ADA, (WHICH_PROJECT, SHOWN)),
    Command(
        "patch identity-config --project {project} --add …/after/hooks/0=…",
        OWNER,
        (WHICH_WORKSPACE, patched({"op": "add", "path": f"{AFTER_REGISTRATION}/hooks/0", "value": HOOK})),
    ),
    Command(
        "patch identity-config --add …/after/password/hooks/0=…",
        ADA,
        (WHICH_PROJECT, patched({"op": "add", "path": f"{AFTER_REGISTRATION}/password/hooks/0", "value": HOOK})),
    ),
    Command(
        "patch identity-config --add … --replace … --remove …",
        ADA,
        (
            WHICH_PROJECT,
            patched(
                {"op": "add", "path": f"{CONFIG}/courier/smtp", "value": {"from_name": "My new email name"}},
                {"op": "replace", "path": f"{CONFIG}/selfservice/methods/password/enabled", "value": False},
                {"op": "remove", "path": f"{CONFIG}/selfservice/methods/totp/enabled"},
            ),
        ),
    ),
    Command(
        "patch identity-config --add /selfservice/flowz={}",
        ADA,
        (WHICH_PROJECT, patched({"op": "add", "path": f"{CONFIG}/selfservice/flowz", "value": {}}, status=400)),
    ),
    Command(
        "patch identity-config --remove /nothing/there",
        ADA,
        (WHICH_PROJECT, patched({"op": "remove", "path": f"{CONFIG}/nothing/there"}, status=400)),
    ),
    Command(
        'patch project {project} --replace /name="Renamed"',
        OWNER,
        (WHICH_WORKSPACE, patched({"op": "replace", "path": "/name", "value": "Renamed"})),
    ),
    Command(
        "update identity-config --file …",
        ADA,
        (
            WHICH_PROJECT,
            SHOWN,
            Call(
                "PUT",
                "/projects/{project}",
                200,
                "SuccessfulProjectUpdate",
                body={**SET, "organizations": [], "services": {"identity": {"config": "{config}"}}},
            ),
        ),
    ),
    Command(
        "update project --file … with what `get project` printed",
        ADA,
        (
            WHICH_PROJECT,
            Call(
                "PUT",
                "/projects/{project}",
                200,
                "SuccessfulProjectUpdate",
                body={
                    **SET,
                    "organizations": [],
                    "id": "{project}",
                    "slug": "{slug}",
                    "state": "running",
                    "environment": "dev",
                    "home_region": "global",
                    "revision_id": "00000000-0000-4000-8000-000000000000",
                    "workspace_id": "{workspace}",
                    "AdditionalProperties": {"hosts": [], "created_at": "2026-11-28T22:00:00Z"},
                    "services": {"identity": {"config": "{config}"}},
                },
            ),
        ),
    ),
    Command(
        "update identity-config --file half-of-it.json",
        ADA,
        (
            WHICH_PROJECT,
            SHOWN,
            Call(
                "PUT",
                "/projects/{project}",
                400,
                ERROR,
                body={**SET, "organizations": [], "services": {"identity": {"config": {"session": {}}}}},
            ),
        ),
    ),
    Command(
        "get project 00000000-…",
        OWNER,
        (WHICH_WORKSPACE, Call("GET", "/projects/00000000-0000-4000-8000-000000000000", 404, ERROR)),
    ),
    Command(
        "list organizations",
        OWNER,
        (
            WHICH_WORKSPACE,
            Call("GET", "/projects/{project}/organizations?page_size=250", 200, "ListOrganizationsResponse"),
        ),
    ),
    Command(
        "import, list, get and delete identities",
        ADA,
        (
            WHICH_PROJECT,
            identities("POST", "", 201, "Identity", body=EVE, keep={"identity": "id"}),
            identities("POST", "", 409, ERROR, body=EVE),
            identities("GET", "?consistency=eventual&page_size=100&page_token=", 200, "[Identity]"),
            identities("GET", "/{identity}", 200, "Identity"),
            identities("GET", "/{identity}?include_credential=oidc", 200, "Identity"),
            identities("DELETE", "/{identity}", 204, ""),
            identities("GET", "/{identity}", 404, ERROR),
        ),
    ),
    Command(
        "import identities bad.json",
        ADA,
        (WHICH_PROJECT, identities("POST", "", 400, ERROR, body={**EVE, "traits": {"email": "no address"}})),
    ),
    Command(
        "validate identity",
        ADA,
        (WHICH_PROJECT, Call("GET", "/schemas/preset:%2F%2Femail", 200, "", host=DATA)),
    ),
    Command(
        "tunnel: a key for a while",
        OWNER,
        (
            WHICH_WORKSPACE,
            Call(
                "POST",
                "/projects/{project}/tokens",
                201,
                "ProjectApiKey",
                body={"name": "Ory Tunnel temporary API key", "expires_at": "2999-01-01T00:00:00Z"},
                keep={"key": "id"},
            ),
            Call("DELETE", "/projects/{project}/tokens/{key}", 204, ""),
        ),
    ),
)
