"""A team's configuration file names its project in production: in an emulator it is the one that is there. Pure."""

from typing import Any

PROJECTS = "projects"


def adopted(document: Any, *, slug: str, environment: str) -> Any:
    """Return the document with its project, if it has exactly one, as that of this slug and environment."""
    projects = document.get(PROJECTS) if isinstance(document, dict) else None
    if not isinstance(projects, list) or len(projects) != 1 or not isinstance(projects[0], dict):
        return document
    return {**document, PROJECTS: [{**projects[0], "slug": slug, "environment": environment}]}
