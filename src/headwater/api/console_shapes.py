"""How projects, their revisions and keys look in Ory's console API: what the generated clients insist on.

Reference: ory.md 4.3. Secrets are `secret://<id>` in a document, and never anything else.
"""

from typing import Any

from headwater.api import project_document, shapes
from headwater.workspace.keys import Key
from headwater.workspace.projects import Project
from headwater.workspace.revisions import Revision


def project(value: Project, *, workspace_id: str, hosts: list[str]) -> dict[str, Any]:
    """Ory's `project`: the whole document, and around it what nobody changes by a patch."""
    return {
        **project_metadata(value, workspace_id=workspace_id, hosts=hosts),
        "revision_id": value.revision_id,
        "organizations": [],
        **project_document.with_cors(value.document),
    }


def project_metadata(value: Project, *, workspace_id: str, hosts: list[str]) -> dict[str, Any]:
    """Ory's `projectMetadata`. The first of its `hosts` is where its pages and cookies are."""
    return {
        "id": value.id,
        "slug": value.slug,
        "name": value.name,
        "environment": value.environment,
        "home_region": value.home_region,
        "workspace_id": workspace_id,
        "state": "running",
        "hosts": hosts,
        "created_at": shapes.at(value.created_at_ms),
        "updated_at": shapes.at(value.updated_at_ms),
    }


def revision(value: Revision, *, current_id: str) -> dict[str, Any]:
    return {
        "id": value.id,
        "number": value.number,
        "is_current": value.id == current_id,
        "change": value.change,
        "author": {"key_id": value.author.id, "name": value.author.name},
        "created_at": shapes.at(value.created_at_ms),
    }


def operator_key(value: Key) -> dict[str, Any]:
    """A key as our own API shows it: every field, without the token."""
    return {
        "id": value.id,
        "name": value.name,
        "role": value.role,
        "project_id": value.project_id,
        "created_at": shapes.at(value.created_at_ms),
        "expires_at": None if value.expires_at_ms is None else shapes.at(value.expires_at_ms),
    }


def api_key(value: Key, *, workspace_id: str, token: str | None = None) -> dict[str, Any]:
    """Ory's `projectApiKey` or `workspaceApiKey`. `role` is ours; `value` is there only when the key is made."""
    whose = {"workspace_id": workspace_id} if value.project_id is None else {"project_id": value.project_id}
    return {
        "id": value.id,
        "name": value.name,
        "role": value.role,
        "owner_id": workspace_id,
        **whose,
        **({} if token is None else {"value": token}),
        "created_at": shapes.at(value.created_at_ms),
        "updated_at": shapes.at(value.created_at_ms),
        **({} if value.expires_at_ms is None else {"expires_at": shapes.at(value.expires_at_ms)}),
    }
