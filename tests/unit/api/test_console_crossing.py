"""Mallory has an administrator's key of her own project, and tries it on every route of the others'."""

import re

import pytest

from headwater.core import ids
from headwater.workspace import keys
from unit.api.console_stage import LIFESPAN, Stage, put, reason

PATCH = [put(LIFESPAN, "1s")]
NEW = {"name": "mallory's", "environment": "dev"}
# Of another project: method, path below it, body.
THEIRS = [
    ("GET", "", None),
    ("PATCH", "", PATCH),
    ("PUT", "", {"services": {"identity": {"config": {}}}}),
    ("PATCH", "/revision/{revision}", PATCH),
    ("GET", "/revisions", None),
    ("GET", "/revisions/{revision}", None),
    ("GET", "/revisions/current", None),
    ("GET", "/revisions/1/diff?to={own_revision}", None),
    ("POST", "/revisions/{revision}/rollback", None),
    ("POST", "/identity-config/check", {}),
    ("GET", "/identity-schemas", None),
    ("POST", "/identity-schemas", {"id": "mallory", "url": "preset://username"}),
    ("GET", "/identity-schemas/{key}", None),
    ("PUT", "/identity-schemas/{key}", {"url": "preset://username", "default": True}),
    ("DELETE", "/identity-schemas/{key}", None),
    ("POST", "/identity-schema-check", {"id": "preset://email", "newest": 10}),
    ("POST", "/tokens", {"name": "x"}),
    ("GET", "/tokens", None),
    ("DELETE", "/tokens/{key}", None),
    ("GET", "/eventstreams", None),
    ("POST", "/eventstreams", {"type": "https", "https_endpoint": "https://mallory.example/"}),
    ("PUT", "/eventstreams/{key}", {"https_endpoint": "https://mallory.example/"}),
    ("DELETE", "/eventstreams/{key}", None),
    ("GET", "/organizations", None),
    ("POST", "/organizations", {"label": "x"}),
    ("GET", "/organizations/{key}", None),
    ("PUT", "/organizations/{key}", {"label": "x"}),
    ("DELETE", "/organizations/{key}", None),
    ("DELETE", "", None),
]
# The workspace's own.
ABOVE = [
    ("POST", "/projects", NEW),
    ("POST", "/workspaces", {"name": "x"}),
    ("POST", "/workspaces/{workspace}/tokens", {"name": "x"}),
    ("GET", "/workspaces/{workspace}/tokens", None),
    ("DELETE", "/workspaces/{workspace}/tokens/{key}", None),
]


@pytest.fixture
async def stage(tmp_path):
    async with Stage(tmp_path) as stage:
        stage.other = await stage.new_project("mallory's")
        stage.mallory = await stage.new_key(stage.other, name="mallory")
        stage.theirs = await stage.new_key(stage.project, name="theirs")
        yield stage


async def names(stage):
    found = {key.name: key.id for key in await stage.database.read(keys.every)}
    return {
        "workspace": stage.workspace.id,
        "revision": stage.project.revision_id,
        "own_revision": stage.other.revision_id,
        "key": found["theirs"],
    }


async def test_no_route_of_a_project_is_missing_from_the_list(stage):
    """The enemy is a route that somebody adds and nobody tries to cross."""
    below = "/projects/{id_or_slug:str}"
    served = {
        (method, re.sub(r"\{\w+:str\}|\{\w+\}", "*", route.path_format.removeprefix("/projects/{id_or_slug}")))
        for route in stage.app.routes
        if route.path.startswith(below)
        for method in route.methods - {"OPTIONS"}
    }
    tried = {(method, re.sub(r"\{\w+\}|\bcurrent\b|\b1\b", "*", path.split("?")[0])) for method, path, _ in THEIRS}

    assert served == tried


@pytest.mark.parametrize("by", ["id", "slug"])
@pytest.mark.parametrize(("method", "path", "body"), THEIRS)
async def test_a_key_of_another_project_opens_nothing(stage, method, path, body, by):
    before = await stage.shown()
    place = f"/projects/{getattr(stage.project, by)}{path}".format(**await names(stage))
    answer = await stage.ask(method, place, body, key=stage.mallory)

    assert 403 == answer.status_code
    assert before == await stage.shown()
    assert 200 == (await stage.ask("GET", "/projects", key=stage.theirs)).status_code


@pytest.mark.parametrize(("method", "path", "body"), THEIRS)
async def test_what_is_not_there_looks_the_same_as_what_is_another_project_s(stage, method, path, body):
    known = await names(stage)
    there = await stage.ask(method, f"/projects/{stage.project.id}{path}".format(**known), body, key=stage.mallory)
    gone = await stage.ask(method, f"/projects/{ids.new_uuid()}{path}".format(**known), body, key=stage.mallory)

    assert (there.status_code, there.json()) == (gone.status_code, gone.json())


@pytest.mark.parametrize(("method", "path", "body"), ABOVE)
async def test_a_projects_key_is_none_of_the_workspace(stage, method, path, body):
    answer = await stage.ask(method, path.format(**await names(stage)), body, key=stage.mallory)

    assert 403 == answer.status_code
    assert "needs a key of the workspace" in reason(answer)
    assert 2 == len((await stage.ask("GET", "/projects")).json())


async def test_a_projects_key_sees_its_own_project_and_no_other(stage):
    listed = (await stage.ask("GET", "/projects", key=stage.mallory)).json()
    paged = (await stage.ask("GET", f"/workspaces/{stage.workspace.id}/projects", key=stage.mallory)).json()
    token = (
        await stage.ask(
            "GET", f"/workspaces/{stage.workspace.id}/projects?page_token={stage.project.id}", key=stage.mallory
        )
    ).status_code

    assert [stage.other.id] == [one["id"] for one in listed] == [one["id"] for one in paged["projects"]]
    assert 400 == token


async def test_a_key_of_ones_own_may_not_be_deleted_by_way_of_ones_own_project(stage):
    theirs = (await names(stage))["key"]
    answer = await stage.ask("DELETE", f"/projects/{stage.other.id}/tokens/{theirs}", key=stage.mallory)
    above = await stage.ask("DELETE", f"/workspaces/{stage.workspace.id}/tokens/{theirs}")

    assert (404, 404) == (answer.status_code, above.status_code)
    assert 200 == (await stage.ask("GET", "/projects", key=stage.theirs)).status_code


@pytest.mark.parametrize("rest", ["", "/diff", "/rollback"])
async def test_a_revision_of_another_project_is_none_of_ones_own(stage, rest):
    path = f"/projects/{stage.other.id}/revisions/{stage.project.revision_id}{rest}"
    answer = await stage.ask("POST" if rest == "/rollback" else "GET", path, key=stage.mallory)
    to = await stage.ask(
        "GET", f"/projects/{stage.other.id}/revisions/1/diff?to={stage.project.revision_id}", key=stage.mallory
    )

    assert (404, 404) == (answer.status_code, to.status_code)


async def test_another_projects_secret_is_not_to_be_had_by_its_reference(stage):
    hooks = "/services/identity/config/selfservice/flows/registration/after/hooks/0"
    auth = {"type": "basic_auth", "config": {"user": "hush-hush", "password": ""}}
    hook = {"hook": "web_hook", "config": {"url": "https://a.example/", "method": "POST", "auth": auth}}
    shown = (await stage.patched({"op": "add", "path": hooks, "value": hook})).json()["project"]
    stolen = shown["services"]["identity"]["config"]["selfservice"]["flows"]["registration"]["after"]["hooks"][0]
    answer = await stage.ask(
        "PATCH", f"/projects/{stage.other.id}", [{"op": "add", "path": hooks, "value": stolen}], key=stage.mallory
    )

    assert 400 == answer.status_code
    assert "no secret of this project" in reason(answer)


async def test_a_deleted_projects_key_opens_nothing(stage):
    await stage.ask("DELETE", f"/projects/{stage.other.id}")
    answer = await stage.ask("GET", "/projects", key=stage.mallory)

    assert 401 == answer.status_code
