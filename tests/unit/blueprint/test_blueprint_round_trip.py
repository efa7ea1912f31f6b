"""What `get config` writes is what is live, without its secrets; to apply it changes nothing."""

import json

import yaml

from headwater.cli import config_text


async def revisions(api, slug):
    return [one["id"] for one in (await api("GET", f"/projects/{slug}/revisions"))["revisions"]]


async def test_the_plan_of_what_is_live_is_empty_also_once_it_was_a_yaml_file(api, rich):
    text = yaml.safe_dump(rich, sort_keys=False)
    planned = await api.plan(config_text.parse(text.encode(), name="headwater.yaml"))

    assert [] == planned["changes"] == planned["kept"] == planned["notes"]
    assert 2 == len(rich["projects"])
    assert 3 == len(rich["destinations"])


async def test_to_apply_it_makes_no_revision(api, rich, slug):
    before = await revisions(api, slug)

    assert [] == (await api.apply(rich))["changes"]
    assert before == await revisions(api, slug)


async def test_no_secret_is_written(api, rich):
    assert "hunter2" not in json.dumps(rich)
    assert "ada:pw" not in json.dumps(rich)


async def test_it_is_written_in_the_same_order_every_time(api, rich):
    assert json.dumps(rich) == json.dumps(await api.document())
    assert ["version", "workspace", "projects", "sources", "destinations", "warehouses"] == list(rich)


async def test_a_deleted_source_is_not_written_and_twins_are_told_apart(api, rich):
    twins = [one for one in rich["destinations"] if one["name"] == "Webhooks"]

    assert ["website", "shop"] == [one["slug"] for one in rich["sources"]]
    assert 2 == len({one["id"] for one in twins})
    assert "id" not in rich["destinations"][0]


async def test_a_schema_can_be_read_and_changed_in_the_file(api, rich, slug):
    [_, person] = rich["projects"][0]["identity_config"]["identity"]["schemas"]
    assert "traits" in person["schema"]["properties"]
    person["schema"]["properties"]["traits"]["properties"]["city"] = {"type": "string"}

    [change] = (await api.apply(rich))["changes"]
    live = await api.document()

    assert ("update", "project", slug) == (change["action"], change["kind"], change["name"])
    assert ["/identity_config/identity/schemas/1/url"] == [one["path"] for one in change["changes"]]
    assert rich == live


async def test_a_viewer_may_read_it_and_not_plan(api, rich):
    viewer = (await api("POST", "/api/keys", {"name": "v", "role": "viewer"}, status=201))["key"]

    assert rich == await api("GET", "/api/config", key=viewer)
    await api("POST", "/api/config/plan", {"document": rich}, key=viewer, status=403)


async def test_a_projects_key_sees_none_of_it(api, rich, rooms):
    body = {"name": "p", "role": "admin", "project_id": rooms.installation.project.id}
    key = (await api("POST", "/api/keys", body, status=201))["key"]

    await api("GET", "/api/config", key=key, status=403)
    await api("POST", "/api/config/apply", {"document": rich}, key=key, status=403)
