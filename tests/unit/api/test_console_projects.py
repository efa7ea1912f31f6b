"""/projects and /workspaces as Ory's clients call them: each answer is read by the official models."""

import json
import re

import pytest
from ory_client import models

from headwater.core import ids
from headwater.core.errors import BadRequestError
from headwater.web import project_hosts
from headwater.workspace import project_slugs
from unit.api.console_stage import CONFIG, LIFESPAN, Stage, put, reason, session

CLIMBING = ["../etc", "a/b", "..", "a..b", "%2e%2e", "A", "ä", "-a", "a-", "", "a" * 64, "a\n", "a.projects", " a"]


@pytest.fixture
async def stage(tmp_path):
    async with Stage(tmp_path) as stage:
        yield stage


async def test_a_project_is_made_shown_listed_and_deleted(stage):
    body = {"name": "Shop", "environment": "prod", "home_region": "eu-central", "workspace_id": stage.workspace.id}
    answer = await stage.ask("POST", "/projects", body)
    made = models.Project.from_json(answer.text)
    listed = [models.ProjectMetadata.from_dict(one) for one in (await stage.ask("GET", "/projects")).json()]
    shown = models.Project.from_json((await stage.ask("GET", f"/projects/{made.slug}")).text)
    deleted = await stage.ask("DELETE", f"/projects/{made.id}")
    gone = await stage.ask("GET", f"/projects/{made.id}")

    assert (201, 204, 404) == (answer.status_code, deleted.status_code, gone.status_code)
    assert made == shown
    assert ("Shop", "prod", "eu-central", "running") == (
        made.name,
        made.environment,
        made.home_region,
        made.state,
    )
    assert stage.workspace.id == made.workspace_id
    assert [stage.project.id, str(made.id)] == [str(one.id) for one in listed]
    assert "hooks" in json.dumps(made.services.identity.config)
    assert "application/json" == answer.headers["content-type"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"name": "", "environment": "dev"}, "/name"),
        ({"name": "x" * 129, "environment": "dev"}, "/name"),
        ({"name": "x", "environment": "production"}, "prod, stage, dev"),
        ({"name": "x", "environment": "dev", "home_region": "moon"}, "eu-central"),
        ({"name": "x", "environment": "dev", "workspace_id": ids.new_uuid()}, "one workspace"),
        ({"name": "x", "environment": "dev", "slug": "../etc"}, "slug"),
        ({"environment": "dev"}, "name"),
        ([], "object"),
    ],
)
async def test_a_project_of_nonsense_is_refused_and_not_made(stage, body, said):
    answer = await stage.ask("POST", "/projects", body)

    assert 400 == answer.status_code
    assert said in reason(answer)
    assert 1 == len((await stage.ask("GET", "/projects")).json())


def test_a_slug_is_two_words_and_ten_letters_and_always_a_host_name():
    slugs = {project_slugs.new_slug() for _ in range(200)}

    assert 200 == len(slugs)
    assert all(re.fullmatch(r"[a-z]+-[a-z]+-[a-z0-9]{10}", slug) for slug in slugs)
    assert slugs == {project_slugs.checked(slug) for slug in slugs}
    assert slugs == {project_hosts.slug_or_none(f"{slug}.projects.localhost") for slug in slugs}


@pytest.mark.parametrize("slug", CLIMBING)
def test_a_slug_that_tries_to_be_a_path_is_none(slug):
    with pytest.raises(BadRequestError, match="part of its host name"):
        project_slugs.checked(slug)


@pytest.mark.parametrize("slug", ["api", "project", "0d5f3a52-1f0f-4a5c-9d0e-5b1c2a3f4e5d"])
def test_a_slug_that_would_mean_the_api_or_another_projects_id_is_none(slug):
    with pytest.raises(BadRequestError, match="would mean something else"):
        project_slugs.checked(slug)


@pytest.mark.parametrize("path", ["/slug", "/id", "/state", "/workspace_id", "/home_region", "/hosts", "/revision_id"])
async def test_what_is_no_part_of_the_document_is_not_changed_by_a_patch(stage, path):
    answer = await stage.patched(put(path, "../etc"))

    assert 400 == answer.status_code
    assert f"{path} can't be changed" in reason(answer)


@pytest.mark.parametrize(("method", "path"), [("POST", "/projects"), ("POST", "/projects/{}/tokens")])
async def test_a_body_that_is_missing_is_asked_for(stage, method, path):
    answer = await stage.ask(method, path.format(stage.project.id))

    assert (400, "The request has no body; this route takes JSON.") == (answer.status_code, reason(answer))


async def test_the_first_project_stays(stage):
    answer = await stage.ask("DELETE", f"/projects/{stage.project.id}")

    assert 409 == answer.status_code
    assert "first project" in reason(answer)
    assert 200 == (await stage.ask("GET", f"/projects/{stage.project.id}")).status_code


async def test_put_sets_the_services_it_names_and_keeps_the_others(stage):
    await stage.patched({"op": "add", "path": "/services/permission", "value": {"config": {"namespaces": []}}})
    before = await stage.shown()
    config = {**before["services"]["identity"]["config"], "session": {"lifespan": "7h"}}
    body = {
        "name": "renamed",
        "services": {"identity": {"config": config}},
        "cors_admin": before["cors_admin"],
        "cors_public": {"enabled": True, "origins": ["https://app.example.org"]},
        "organizations": [],
    }
    answer = await stage.ask("PUT", f"/projects/{stage.project.id}", body)
    after = models.SuccessfulProjectUpdate.from_json(answer.text)

    assert "renamed" == after.project.name
    assert "7h" == session(answer.json()["project"])
    assert {"namespaces": []} == after.project.services.permission.config
    assert ["https://app.example.org"] == after.project.cors_public.origins
    assert ["services.permission is kept as it is, and nothing here runs on it."] == [
        warning.message for warning in after.warnings
    ]


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        ({"op": "remove", "path": "/services/identity"}, "/services/identity/config"),
        ({"op": "add", "path": "/services/hydra", "value": {"config": {}}}, "no service 'hydra'"),
        ({"op": "add", "path": "/services/oauth2", "value": {"config": 1}}, "/services/oauth2 must hold"),
        ({"op": "add", "path": "/selfservice", "value": {}}, "no key 'selfservice'"),
        ({"op": "add", "path": "/cors_public", "value": {"enabled": "yes"}}, "/cors_public must be"),
        ({"op": "add", "path": "/cors_admin/origins", "value": [1]}, "/cors_admin must be"),
        ({"op": "replace", "path": "", "value": []}, "no project document"),
        ({"op": "replace", "path": "/name", "value": None}, "/name must be"),
        ({"op": "add", "path": f"{CONFIG}/session/lifespan", "value": "soon"}, "lifespan"),
    ],
)
async def test_a_change_that_breaks_the_document_changes_nothing(stage, operation, said):
    before = await stage.shown()
    answer = await stage.patched(put(LIFESPAN, "1h"), operation)

    assert 400 == answer.status_code
    assert said in reason(answer)
    assert before == await stage.shown()


async def test_cors_is_always_shown_and_what_is_taken_away_comes_back_empty(stage):
    answer = await stage.patched(
        {"op": "remove", "path": "/cors_admin"},
        {"op": "remove", "path": "/cors_public/origins"},
        {"op": "remove", "path": "/organizations"},
    )
    project = models.SuccessfulProjectUpdate.from_json(answer.text).project

    assert (False, []) == (project.cors_admin.enabled, project.cors_admin.origins)
    assert (False, []) == (project.cors_public.enabled, project.cors_public.origins)
    assert [] == project.organizations


async def test_warnings_come_with_the_change(stage):
    answer = await stage.patched({"op": "add", "path": f"{CONFIG}/doubtful", "value": True})

    assert ["So they say."] == [one.message for one in models.SuccessfulProjectUpdate.from_json(answer.text).warnings]


async def test_the_workspace_is_shown_and_its_projects_are_paged(stage):
    for name in ("a", "b", "c", "d"):
        stage.clock.advance(1)
        await stage.new_project(name)
    listed = models.ListWorkspaces.from_json((await stage.ask("GET", "/workspaces")).text)
    shown = models.Workspace.from_json((await stage.ask("GET", f"/workspaces/{stage.workspace.id}")).text)
    names, token, pages = [], "", 0
    while pages == 0 or token:
        path = f"/workspaces/{stage.workspace.id}/projects?page_size=2&page_token={token}"
        page = models.ListWorkspaceProjects.from_json((await stage.ask("GET", path)).text)
        names += [one.name for one in page.projects]
        token, pages = page.next_page, pages + 1
        assert page.has_next_page == bool(token)

    assert [shown] == listed.workspaces
    assert (["first", "a", "b", "c", "d"], 3) == (names, pages)


async def test_there_is_one_workspace_and_no_page_of_nothing(stage):
    other = ids.new_uuid()
    made = await stage.ask("POST", "/workspaces", {"name": "another"})
    missing = [await stage.ask("GET", f"/workspaces/{other}{rest}") for rest in ("", "/projects", "/tokens")]
    page = await stage.ask("GET", f"/workspaces/{stage.workspace.id}/projects?page_token={other}")
    nothing = await stage.ask("GET", f"/workspaces/{stage.workspace.id}/projects?page_size=0")

    assert 409 == made.status_code
    assert "one workspace" in reason(made)
    assert [404] * 3 == [answer.status_code for answer in missing]
    assert (400, 400) == (page.status_code, nothing.status_code)


async def test_organizations_are_none_and_the_refusal_says_what_there_is_instead(stage):
    base = f"/projects/{stage.project.id}/organizations"
    listed = models.ListOrganizationsResponse.from_json((await stage.ask("GET", base)).text)
    made = await stage.ask("POST", base, {"label": "Acme"})
    changed = await stage.ask("PUT", f"{base}/{ids.new_uuid()}", {"label": "Acme"})
    patched = await stage.patched({"op": "add", "path": "/organizations/-", "value": {"label": "Acme"}})
    others = [await stage.ask(method, f"{base}/{ids.new_uuid()}") for method in ("GET", "DELETE")]

    assert [] == listed.organizations
    assert [501] * 3 == [answer.status_code for answer in (made, changed, patched)]
    assert all("selfservice.methods.oidc" in reason(answer) for answer in (made, changed, patched))
    assert [404] * 2 == [answer.status_code for answer in others]
