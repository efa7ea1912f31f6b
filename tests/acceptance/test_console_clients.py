"""Ory's official Python client, unmodified, works the console API of a running server."""

from contextlib import closing

import httpx
import ory_client
import pytest
from ory_client import models

from acceptance.conftest import Headwater, Receiver

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def headwater(tmp_path_factory):
    with closing(Headwater(tmp_path_factory.mktemp("console") / "data")) as running:
        running.start()
        yield running


@pytest.fixture
def receiver():
    with closing(Receiver()) as receiver:
        yield receiver


@pytest.fixture(scope="module")
def as_whom(headwater):
    """Gives a client with a key."""
    opened = []

    def client(key=None):
        token = key or headwater.api("POST", "/api/keys", {"role": "admin"}, status=201)["key"]
        # The client knows where Ory's console is; what it is told here is that this one is elsewhere.
        there = ory_client.Configuration(host=headwater.url, access_token=token, ignore_operation_servers=True)
        opened.append(ory_client.ApiClient(there))
        return opened[-1]

    yield client
    for one in opened:
        one.__exit__(None, None, None)


@pytest.fixture(scope="module")
def admin(as_whom):
    return as_whom()


def new_project(admin, name="Shop"):
    body = models.CreateProjectBody(name=name, environment="dev", home_region="us-east")
    return ory_client.ProjectApi(admin).create_project(body)


def sign_up(headwater, project, email):
    """Let somebody register at a project's own host."""
    with httpx.Client(headers={"host": f"{project.slug}.projects.localhost"}, timeout=30) as http:
        flow = http.get(f"{headwater.url}/self-service/registration/api").json()
        body = {"method": "password", "password": PASSWORD, "traits": {"email": email}}
        answer = http.post(f"{headwater.url}/self-service/registration", params={"flow": flow["id"]}, json=body)
    assert 200 == answer.status_code, answer.text
    return answer.json()["identity"]["id"]


def test_a_project_is_made_changed_at_its_revision_set_and_purged(admin):
    api = ory_client.ProjectApi(admin)
    made = new_project(admin)
    patch = [models.JsonPatch(op="replace", path="/name", value="Store")]
    patched = api.patch_project_with_revision(str(made.id), str(made.revision_id), patch).project
    with pytest.raises(ory_client.ApiException) as caught:
        api.patch_project_with_revision(str(made.id), str(made.revision_id), patch)
    body = models.SetProject(
        name="Mall",
        services=patched.services,
        cors_admin=patched.cors_admin,
        cors_public=patched.cors_public,
        organizations=[],
    )
    replaced = api.set_project(str(made.id), body).project
    api.purge_project(str(made.id))

    assert ("Store", 409, "Mall") == (patched.name, caught.value.status, replaced.name)
    assert made.id not in [one.id for one in api.list_projects()]


def test_the_workspace_its_projects_and_its_keys(admin, as_whom):
    api = ory_client.WorkspaceApi(admin)
    (workspace,) = api.list_workspaces().workspaces
    listed = api.list_workspace_projects(str(workspace.id))
    key = api.create_workspace_api_key(str(workspace.id), models.CreateWorkspaceApiKeyBody(name="ci"))
    same = ory_client.WorkspaceApi(as_whom(key.value)).get_workspace(str(workspace.id))
    api.delete_workspace_api_key(str(workspace.id), str(key.id))
    with pytest.raises(ory_client.exceptions.UnauthorizedException, match="was revoked"):
        ory_client.WorkspaceApi(as_whom(key.value)).get_workspace(str(workspace.id))

    assert workspace == same
    assert not listed.has_next_page
    assert key.id not in [one.id for one in api.list_workspace_api_keys(str(workspace.id))]


def test_a_project_key_is_good_for_its_project_and_ends_with_it(admin, as_whom):
    api = ory_client.ProjectApi(admin)
    mine, other = new_project(admin), new_project(admin)
    key = api.create_project_api_key(str(mine.id), models.CreateProjectApiKeyBody(name="app"))
    own = ory_client.ProjectApi(as_whom(key.value))

    assert [mine.id] == [one.id for one in own.list_projects()]
    assert [key.id] == [one.id for one in own.list_project_api_keys(str(mine.id))]
    with pytest.raises(ory_client.exceptions.ForbiddenException, match="another project"):
        own.get_project(str(other.id))
    api.purge_project(str(mine.id))
    with pytest.raises(ory_client.exceptions.UnauthorizedException):
        own.list_projects()


def test_an_event_stream_tells_of_its_projects_people_and_of_nobody_else(admin, headwater, receiver):
    """Ada is this project's; bob, who signs up before her at another one, must not be in it."""
    api = ory_client.EventsApi(admin)
    mine, other = new_project(admin), new_project(admin)
    body = models.CreateEventStreamBody(
        type="https", https_endpoint=receiver.url, https_auth_type="bearer", https_auth_secret="hush"
    )
    stream = api.create_event_stream(str(mine.id), body)
    bob, ada = sign_up(headwater, other, "bob@example.org"), sign_up(headwater, mine, "ada@example.org")
    told = receiver.wait_until(lambda bodies: len(bodies) > 0, "ada's sign-up")
    api.set_event_stream(str(mine.id), str(stream.id), models.SetEventStreamBody(status="paused"))
    before = len(receiver.bodies)
    sign_up(headwater, mine, "eve@example.org")
    api.delete_event_stream(str(mine.id), str(stream.id))

    assert [] == api.list_event_streams(str(mine.id)).event_streams
    assert {ada} == {event["userId"] for event in told}
    assert bob not in {event["userId"] for event in receiver.bodies}
    assert {"Bearer hush"} == {headers["authorization"] for headers, _ in receiver.requests}
    assert before == len(receiver.bodies)
