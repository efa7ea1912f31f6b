"""Files that can't be applied: one line that names the place and says what to do, and nothing changed."""

import copy

import pytest


def destination(**more):
    return {"destinations": [{"name": "New", "kind": "webhook", "sources": ["shop"], **more}]}


def routed(**routing):
    return destination(settings={"url": "https://crm.test/"}, **routing)


def setting(**more):
    return destination(settings={"url": "https://crm.test/", **more})


BAD = {
    "no object": ([], "/: must be an object, not a list."),
    "nothing": (None, "/: must be an object, not null."),
    "no version": ({"version": ...}, "/version: is missing. This release reads `version: 1`."),
    "another version": ({"version": 2}, "/version: is 2; this release reads `version: 1`."),
    "a version in words": ({"version": "1"}, "/version: must be a whole number, not a text."),
    "an unknown section": ({"sorces": []}, "/sorces: there is no such key here. Did you mean `sources`?"),
    "a section that is no list": ({"sources": {}}, "/sources: must be a list, not an object."),
    "a source that is no object": ({"sources": ["website"]}, "/sources/0: must be an object, not a text."),
    "an unknown workspace key": ({"workspace": {"tracking_alias": True}}, "Did you mean `tracking_aliases`?"),
    "a wrong workspace value": ({"workspace": {"tracking_aliases": "yes"}}, "must be true or false, not a text."),
    "an unknown source key": ({"sources": [{"slug": "a", "ratelimit": 1}]}, "/sources/0/ratelimit: there is no such"),
    "a source without a name": ({"sources": [{"kind": "server"}]}, "/sources/0: a source needs a `slug`, or a `name`"),
    "a slug that is a path": ({"sources": [{"slug": "../etc"}]}, "/sources/0: '../etc' is no slug"),
    "a reserved slug": ({"sources": [{"slug": "identity"}]}, "/sources/0: The name 'identity' is reserved"),
    "a source twice": (
        {"sources": [{"slug": "a"}, {"name": "A"}]},
        "/sources/1: the source 'a' stands in /sources/0, too.",
    ),
    "an unknown source kind": (
        {"sources": [{"slug": "a", "kind": "web"}]},
        "/sources/0/kind: there is no source kind 'web'",
    ),
    "another kind of source": (
        {"sources": [{"slug": "shop", "kind": "mobile"}]},
        "'shop' is a source of kind http-api",
    ),
    "a deleted source": ({"sources": [{"slug": "old"}]}, "/sources/0: there was a source 'old'"),
    "a negative rate": ({"sources": [{"slug": "a", "rate_limit": -1}]}, "/sources/0: A rate limit is a whole number"),
    "a rate in words": (
        {"sources": [{"slug": "a", "rate_limit": "10"}]},
        "must be a whole number or null, not a text.",
    ),
    "an endless name": ({"sources": [{"slug": "a", "name": "n" * 200}]}, "/sources/0: A source's name has at least"),
    "an empty name": ({"sources": [{"slug": "shop", "name": " "}]}, "/sources/0: A source's name has at least"),
    "write keys of their own": (
        {"sources": [{"slug": "a", "write_keys": [1]}]},
        "/sources/0/write_keys/0: must be a text",
    ),
    "an unknown destination kind": ({"destinations": [{"kind": "webhok"}]}, "Did you mean `webhook`?"),
    "no kind": ({"destinations": [{"name": "x"}]}, "/destinations/0: `kind` is missing."),
    "no sources": ({"destinations": [{"kind": "webhook", "name": "x"}]}, "/destinations/0: `sources` is missing"),
    "an empty list of sources": (destination(sources=[]), "/destinations/0/sources: a destination needs at least one"),
    "a source that isn't there": (destination(sources=["shopp"]), "neither in the file nor here. Did you mean `shop`?"),
    "a source that was deleted": (destination(sources=["old"]), "there is no source 'old'"),
    "a missing setting": (destination(), "/destinations/0/settings: webhook needs the setting `url`"),
    "an unknown setting": (setting(methd="PUT"), "`methd` is not a setting of webhook. Did you mean `method`?"),
    "a wrong setting": (setting(method="GET"), "The setting `method` of webhook must be POST, PUT, PATCH; found 'GET'"),
    "no URL": (destination(settings={"url": "crm"}), "The setting `url` of webhook must be an absolute"),
    "stars for nothing": (setting(shared_secret="***"), "stands for the value that is there, and there is none"),
    "a mapping that does not parse": (routed(mapping="function(e) {"), "/destinations/0/mappings/0/template: mapping."),
    "a filter of a wrong name": (routed(filter="all"), "/destinations/0/filter: there is no such key here. Did you"),
    "a filter that is no FQL": (
        routed(filters=[{"fql": "type ==", "action": "keep"}]),
        "/destinations/0/filters/0/fql: FQL, column 6",
    ),
    "a mode": (routed(mode="off"), "/destinations/0/mode: there is no mode `off`. There are live, shadow."),
    "an unknown id": (destination(id="dst_nowhere"), "/destinations/0/id: there is no destination 'dst_nowhere'"),
    "twins without an id": ({"destinations": [{"kind": "webhook"}]}, "2 destinations are called 'Webhooks'; say which"),
    "a destination twice": (
        {"destinations": [{"kind": "webhook", "name": "CRM"}, {"kind": "webhook", "name": "CRM"}]},
        "/destinations/1: the destination 'CRM' (webhook) stands in /destinations/0, too.",
    ),
    "a project without a name": ({"projects": [{"environment": "dev"}]}, "/projects/0: a project needs a `slug`"),
    "a project's slug that is a path": ({"projects": [{"slug": "../x"}]}, "/projects/0: A project's slug is a part"),
    "an unknown environment": ({"projects": [{"slug": "x", "environment": "test"}]}, "there is no environment 'test'"),
    "a project twice": ({"projects": [{"name": "Second"}, {"name": "Second"}]}, "/projects/1: the project 'Second'"),
    "cors that is no rule": ({"projects": [{"name": "x", "cors_public": {"origin": []}}]}, "Did you mean `origins`?"),
    "an origin that is no text": (
        {"projects": [{"name": "x", "cors_public": {"origins": [1]}}]},
        "/origins/0: must be",
    ),
    "a config that is no object": (
        {"projects": [{"name": "x", "identity_config": []}]},
        "must be an object, not a list",
    ),
    "a schema in two ways": (
        {"projects": [{"name": "x", "identity_config": {"identity": {"schemas": [{"url": "a", "schema": {}}]}}}]},
        "has both `schema` and `url`",
    ),
    "a secret of nobody": (
        {"projects": [{"name": "x", "identity_config": {"secrets": {"cookie": ["secret://abc"]}}}]},
        "/projects/0/identity_config: /secrets/cookie/0 is secret://abc, which is no secret of this project",
    ),
}


@pytest.mark.parametrize("name", BAD)
async def test_refuses(api, rich, name):
    wrong, expected = BAD[name]
    document = wrong
    if isinstance(wrong, dict):
        document = {key: value for key, value in ({"version": 1} | wrong).items() if value is not ...}

    said = await api.refusal(document)

    assert expected in said
    assert "\n" not in said


async def test_refuses_an_identity_config_that_does_not_run_and_changes_nothing_else_either(api, rich, slug):
    wanted = copy.deepcopy(rich)
    wanted["sources"][0]["name"] = "New"
    flows = wanted["projects"][0]["identity_config"]["selfservice"]["flows"]
    flows["registration"]["after"]["hooks"][0]["config"]["method"] = 7
    said = await api.refusal(wanted)

    assert said.startswith("/projects/0/identity_config: ")
    assert "/selfservice/flows/registration/after/hooks/0/config/method" in said


async def test_refuses_another_environment_for_a_project(api, rich, slug):
    said = await api.refusal({"version": 1, "projects": [{"slug": slug, "environment": "prod"}]})

    assert f"/projects/0/environment: {slug} is a project of dev, and stays one." == said


async def test_refuses_another_kind_for_a_destination_by_its_id(api, rich):
    twin = rich["destinations"][1]["id"]
    said = await api.refusal({"version": 1, "destinations": [{"id": twin, "kind": "segment"}]})

    assert f"/destinations/0/kind: {twin} is a destination of kind webhook" in said


async def test_a_secret_in_the_wrong_place_is_not_repeated(api, rich):
    said = await api.refusal({"version": 1, **setting(shared_secret=["swordfish"])})

    assert "swordfish" not in said


async def test_an_unknown_key_beside_the_document_is_refused(api, rich):
    await api("POST", "/api/config/apply", {"document": rich, "purge": True}, status=400)


async def test_warnings_of_a_doubtful_configuration_name_the_project(api, rich, slug):
    wanted = copy.deepcopy(rich)
    hooks = wanted["projects"][0]["identity_config"]["selfservice"]["flows"]["registration"]["after"]["hooks"]
    hooks[0]["config"]["response"] = {"ignore": False}
    warnings = (await api.plan(wanted))["warnings"]

    assert {slug} == {one["project"] for one in warnings}


async def test_refuses_to_connect_a_source_that_goes_in_the_same_go(api, rich):
    document = {"version": 1, "sources": [{"slug": "website"}], **setting()}

    assert "there is no source 'shop'" in await api.refusal(document, prune=True)
