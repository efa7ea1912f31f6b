"""Projects in a blueprint. A file makes and changes them; it never deletes one, since people would go with it."""

import copy
from typing import Any

import msgspec
from sqlalchemy import Connection

from headwater.blueprint import inline_schemas
from headwater.blueprint.changes import CREATE, PROJECT, UPDATE, Change, Hands, Step, Thing, differences
from headwater.blueprint.document import WantedProject
from headwater.blueprint.live import Live
from headwater.blueprint.shape import refuse
from headwater.core.errors import HeadwaterError
from headwater.core.secrets import Sealer
from headwater.identity.config.tree import default_document
from headwater.workspace import kept_secrets, project_slugs, projects, secret_places
from headwater.workspace.projects import Project

HIDDEN = "***"
APPLIED = "applied from a file"
NO_CORS = {"enabled": False, "origins": []}
CORS = ("cors_admin", "cors_public")


class ProjectStep(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one project. `document` is what will be stored, its new secrets still in clear."""

    path: str
    project: Project | None
    document: dict[str, Any]
    step: Step

    @property
    def identity_config(self) -> dict[str, Any]:
        config: dict[str, Any] = self.document["services"]["identity"]["config"]
        return config


def plan(connection: Connection, wanted: list[WantedProject], live: Live, *, sealer: Sealer) -> list[ProjectStep]:
    """Return what becomes of each project that the file changes or makes. Raises BlueprintError."""
    steps = []
    for one, found in matched(wanted, live):
        step = _create(one) if found is None else _update(connection, one, found, sealer=sealer)
        if step is not None:
            _require_kept(connection, step, sealer=sealer)
            steps.append(step)
    return steps


def matched(wanted: list[WantedProject], live: Live) -> list[tuple[WantedProject, Project | None]]:
    """Return each project in the file with the one that is there. Raises BlueprintError where that isn't clear."""
    taken: dict[str, str] = {}
    pairs = []
    for one in wanted:
        found = _find(one, live)
        key = found.id if found else f"new {one.slug or one.name}"
        if key in taken:
            raise refuse(one.path, f"the project {one.slug or one.name!r} stands in {taken[key]}, too.")
        taken[key] = one.path
        pairs.append((one, found))
    return pairs


def lacking(wanted: list[WantedProject], live: Live) -> list[Thing]:
    """Return the projects that the file lacks. They stay."""
    kept = {found.id for _, found in matched(wanted, live) if found is not None}
    return [Thing(kind=PROJECT, name=one.slug) for one in live.projects if one.id not in kept]


def shown(project: Project) -> dict[str, Any]:
    """Return a project as a file has it."""
    return {
        "slug": project.slug,
        "name": project.name,
        "environment": project.environment,
        **{key: _cors(project.document.get(key)) for key in CORS},
        "identity_config": inline_schemas.written_out(project.identity_config),
    }


def _find(wanted: WantedProject, live: Live) -> Project | None:
    if wanted.slug is not None:
        return next((one for one in live.projects if one.slug == wanted.slug), None)
    alike = [one for one in live.projects if one.name == wanted.name]
    if len(alike) > 1:
        slugs = ", ".join(one.slug for one in alike)
        raise refuse(wanted.path, f"{len(alike)} projects are called {wanted.name!r}; say which by `slug`: {slugs}.")
    return alike[0] if alike else None


def _create(wanted: WantedProject) -> ProjectStep:
    name, environment = wanted.name or wanted.slug or "", wanted.environment or projects.DEFAULT_ENVIRONMENT
    _check_new(wanted, environment)
    first = {"name": name, "services": {"identity": {"config": default_document()}}}
    document = _document(wanted, first)

    def perform(hands: Hands) -> None:
        made = projects.create(
            hands.connection,
            name,
            identity_config=default_document(),
            environment=environment,
            clock=hands.clock,
            author=hands.author,
            slug=wanted.slug,
        )
        whole = {**made.document, **document}
        if whole != made.document:
            _save(hands, made, whole)

    view = {"name": name, "environment": environment, **_view(document)}
    change = Change(action=CREATE, kind=PROJECT, name=wanted.slug or name, changes=differences({}, view))
    return ProjectStep(path=wanted.path, project=None, document=document, step=Step(change=change, perform=perform))


def _check_new(wanted: WantedProject, environment: str) -> None:
    if environment not in projects.ENVIRONMENTS:
        there = ", ".join(projects.ENVIRONMENTS)
        raise refuse(f"{wanted.path}/environment", f"there is no environment {environment!r}. There are {there}.")
    try:
        projects.checked_name(wanted.name or wanted.slug)
        if wanted.slug is not None:
            project_slugs.checked(wanted.slug)
    except HeadwaterError as error:
        raise refuse(wanted.path, error.message) from None


def _update(connection: Connection, wanted: WantedProject, project: Project, *, sealer: Sealer) -> ProjectStep | None:
    if wanted.environment not in (None, project.environment):
        raise refuse(
            f"{wanted.path}/environment", f"{project.slug} is a project of {project.environment}, and stays one."
        )
    written = _document(wanted, project.document)
    document = kept_secrets.recognised(connection, project.id, written, live=project.document, sealer=sealer)
    found = differences(_view(project.document), _view(document))
    if not found:
        return None

    def perform(hands: Hands) -> None:
        _save(hands, project, document)

    change = Change(action=UPDATE, kind=PROJECT, name=project.slug, changes=found)
    return ProjectStep(path=wanted.path, project=project, document=document, step=Step(change=change, perform=perform))


def _require_kept(connection: Connection, step: ProjectStep, *, sealer: Sealer) -> None:
    project_id = step.project.id if step.project is not None else ""
    try:
        kept_secrets.require_kept(connection, project_id, step.document, sealer=sealer)
    except HeadwaterError as error:
        raise refuse(f"{step.path}/identity_config", error.message) from None


def _save(hands: Hands, project: Project, document: dict[str, Any]) -> None:
    projects.save(
        hands.connection,
        project,
        document,
        clock=hands.clock,
        sealer=hands.sealer,
        author=hands.author,
        change=APPLIED,
    )


def _document(wanted: WantedProject, before: dict[str, Any]) -> dict[str, Any]:
    """Return a project's document with what the file says of it."""
    after = copy.deepcopy(before)
    if wanted.name is not None:
        try:
            after["name"] = projects.checked_name(wanted.name)
        except HeadwaterError as error:
            raise refuse(f"{wanted.path}/name", error.message) from None
    for key, rule in (("cors_admin", wanted.cors_admin), ("cors_public", wanted.cors_public)):
        after[key] = _cors(before.get(key)) if rule is None else _cors(rule)
    if wanted.identity_config is not None:
        live = before["services"]["identity"]["config"]
        config = inline_schemas.folded(wanted.identity_config, live=live, path=f"{wanted.path}/identity_config")
        after["services"]["identity"]["config"] = config
    return after


def _cors(rule: dict[str, Any] | None) -> dict[str, Any]:
    return {**NO_CORS, **(rule or {})}


def _view(document: dict[str, Any]) -> dict[str, Any]:
    """Return what is compared, and shown, of a document: without the secrets that are new in it."""
    hidden = copy.deepcopy(document)
    for place in secret_places.every(hidden):
        text = str(place.value)
        if text and not kept_secrets.refers(place) and not text.startswith(kept_secrets.KEPT):
            place.write(HIDDEN)
    return {
        "name": hidden["name"],
        **{key: _cors(hidden.get(key)) for key in CORS},
        "identity_config": hidden["services"]["identity"]["config"],
    }
