"""What a file changes: shown before, done whole, and done once."""

import asyncio
import copy

import pytest
from sqlalchemy import select

from headwater.store.tables import destinations
from headwater.workspace import projects


def by(planned, kind):
    return {one["name"]: one for one in planned["changes"] if one["kind"] == kind}


def paths(change):
    return {one["path"]: (one.get("before"), one.get("after")) for one in change["changes"]}


async def test_a_new_file_makes_all_that_it_names_and_a_second_time_nothing(api, slug):
    document = {
        "version": 1,
        "workspace": {"tracking_aliases": True},
        "projects": [{"slug": "shop-users", "environment": "prod", "cors_public": {"enabled": True}}],
        "sources": [{"name": "Shop"}, {"slug": "app", "name": "The app", "kind": "mobile", "enabled": False}],
        "destinations": [{"kind": "webhook", "sources": ["app"], "settings": {"url": "https://crm.test/"}}],
    }
    planned = await api.plan(document)
    before = await api.document()
    applied = await api.apply(document, expect=planned["fingerprint"])
    live = await api.document()

    assert planned == applied
    assert [("update", "workspace"), ("create", "project"), ("create", "source"), ("create", "source")] == [
        (one["action"], one["kind"]) for one in planned["changes"][:4]
    ]
    assert [] == before["sources"] == before["destinations"]
    assert {"shop": True, "app": False} == {one["slug"]: one["enabled"] for one in live["sources"]}
    assert ["shop-users", "prod", True] == [
        live["projects"][1]["slug"],
        live["projects"][1]["environment"],
        live["projects"][1]["cors_public"]["enabled"],
    ]
    assert "POST" == live["destinations"][0]["settings"]["method"]
    assert [] == (await api.apply(document))["changes"]
    assert [{"kind": "project", "name": slug}] == planned["kept"]


async def test_each_value_that_changes_is_told_with_what_it_was(api, rich):
    wanted = copy.deepcopy(rich)
    wanted["sources"][1] |= {"name": "The shop", "rate_limit": None}
    wanted["destinations"][0] |= {"sources": ["shop"], "enabled": True}
    wanted["destinations"][0]["settings"] |= {"method": "PUT"}
    wanted["projects"][1]["name"] = "Two"

    planned = await api.apply(wanted)

    assert {"/name": ("Shop", "The shop"), "/rate_limit": (50, None)} == paths(by(planned, "source")["shop"])
    assert {
        "/enabled": (False, True),
        "/sources": (["shop", "website"], ["shop"]),
        "/settings/method": ("POST", "PUT"),
    } == paths(by(planned, "destination")["CRM"])
    assert [{"/name": ("Second", "Two")}] == [paths(one) for one in by(planned, "project").values()]
    assert wanted == await api.document()


async def test_what_the_file_leaves_out_stays_as_it_is(api, rich, slug):
    short = {
        "version": 1,
        "projects": [{"slug": slug}],
        "sources": [{"slug": "website"}],
        "destinations": [{"name": "CRM", "kind": "webhook"}],
    }

    assert [] == (await api.plan(short))["changes"]
    assert [] == (await api.plan({"version": 1}, prune=True))["changes"]


async def test_pruning_takes_sources_and_destinations_and_never_a_project(api, rich, slug):
    wanted = {**rich, "projects": [], "sources": rich["sources"][1:], "destinations": rich["destinations"][1:2]}
    kept = (await api.plan(wanted))["kept"]
    planned = await api.apply(wanted, prune=True)
    live = await api.document()

    assert {("project", slug), ("source", "website"), ("destination", "CRM")} <= {
        (one["kind"], one["name"]) for one in kept
    }
    assert [("delete", "CRM"), ("delete", "Webhooks"), ("delete", "website")] == [
        (one["action"], one["name"]) for one in planned["changes"]
    ]
    assert {"project"} == {one["kind"] for one in planned["kept"]}
    assert (rich["projects"], ["shop"]) == (live["projects"], [one["slug"] for one in live["sources"]])
    assert "deleted_at" in await api("GET", "/api/sources/website")


async def test_a_secret_in_clear_is_kept_and_shown_nowhere(api, rich, rooms, slug):
    wanted = copy.deepcopy(rich)
    auth = wanted["projects"][0]["identity_config"]["selfservice"]["flows"]["registration"]["after"]["hooks"][0]
    auth["config"]["auth"]["config"]["value"] = "swordfish"
    wanted["destinations"][0]["settings"]["shared_secret"] = "swordfish"

    planned = await api.plan(wanted)
    applied = await api.apply(wanted)
    project = await rooms.database.read(lambda c: projects.get(c, slug))
    revealed = await rooms.database.read(lambda c: projects.reveal(c, project, sealer=rooms.sealer))

    assert planned == applied
    assert "swordfish" not in str(planned)
    assert {"/settings/shared_secret": ("***", "*** (another value)")} == paths(by(planned, "destination")["CRM"])
    [(before, after)] = paths(by(planned, "project")[slug]).values()
    assert before.startswith("secret://")
    assert after == "***"
    assert "swordfish" in str(revealed)
    assert [] == (await api.apply(wanted))["changes"]


async def test_the_secret_that_is_there_already_is_no_change(api, rich, slug):
    wanted = copy.deepcopy(rich)
    hooks = wanted["projects"][0]["identity_config"]["selfservice"]["flows"]["registration"]["after"]["hooks"]
    hooks[0]["config"]["auth"]["config"]["value"] = "hunter2"
    wanted["destinations"][0]["settings"] |= {"shared_secret": "hunter2", "headers": {"Authorization": "hunter2"}}
    wanted["destinations"][0]["settings"]["proxy"] = "http://ada:hunter2@proxy.test:3128"

    assert [] == (await api.plan(wanted))["changes"]


async def test_mallory_can_not_have_a_secret_sent_to_them_by_a_file(api, rich):
    wanted = copy.deepcopy(rich)
    wanted["destinations"][0]["settings"]["url"] = "https://mallory.test/"
    said = await api.refusal(wanted)
    hooks = copy.deepcopy(rich)
    config = hooks["projects"][0]["identity_config"]["selfservice"]["flows"]["registration"]["after"]["hooks"][0]
    config["config"]["url"] = "https://mallory.test/"

    assert "/destinations/0/settings: The setting `headers` of webhook is kept for another address" in said
    assert "was written for another receiver" in await api.refusal(hooks)


async def test_write_keys_are_named_and_never_made_or_deleted(api, rich):
    wanted = copy.deepcopy(rich)
    [own] = wanted["sources"][0]["write_keys"]
    wanted["sources"][0]["write_keys"] = ["wk_elsewhere"]
    planned = await api.apply(wanted, prune=True)

    assert [] == planned["changes"]
    assert "website has no write key wk_elsewhere" in planned["notes"][0]
    assert [own] == (await api.document())["sources"][0]["write_keys"]


async def test_a_change_in_between_is_told_and_nothing_is_applied(api, rich):
    wanted = copy.deepcopy(rich)
    wanted["sources"][0]["name"] = "New"
    planned = await api.plan(wanted)
    await api("PATCH", "/api/sources/shop", {"strict": True})
    error = (await api.apply(wanted, expect=planned["fingerprint"], status=409))["error"]

    assert "configuration_moved" == error["id"]
    assert "headwater plan" in error["reason"]
    assert "Website" == (await api.document())["sources"][0]["name"]


async def test_two_who_apply_at_once_do_not_mix(api, rich):
    def named(name):
        return {
            "version": 1,
            "sources": [{"slug": "website", "name": name}, {"slug": "shop", "name": name}],
        }

    answers = await asyncio.gather(
        *(
            api.client.post(
                "/api/config/apply", json={"document": named(name)}, headers={"authorization": "Bearer token"}
            )
            for name in ("ada", "bob")
        )
    )
    names = {one["name"] for one in (await api.document())["sources"]}

    assert {answer.status_code for answer in answers} <= {200, 409}
    assert 200 in {answer.status_code for answer in answers}
    assert 1 == len(names)


async def test_what_fails_half_way_leaves_nothing(api, rich, rooms):
    wanted = copy.deepcopy(rich)
    wanted["projects"][0]["name"] = "Renamed"
    wanted["sources"].append({"slug": "third"})
    wanted["destinations"].append(
        {"name": "Late", "kind": "webhook", "sources": ["third"], "settings": {"url": "https://late.test/"}}
    )
    refusing = "CREATE TRIGGER t BEFORE INSERT ON destinations BEGIN SELECT RAISE(ABORT, 'no'); END"
    await rooms.database.write(lambda c: c.exec_driver_sql(refusing))

    await api.apply(wanted, status=500)
    assert rich == await api.document()


async def test_a_project_that_is_renamed_by_its_slug_keeps_its_people(api, rich, slug):
    person = await api("POST", "/admin/identities", {"traits": {"email": "ada@example.org"}}, status=201)
    wanted = copy.deepcopy(rich)
    wanted["projects"][0]["name"] = "Renamed"
    await api.apply(wanted)

    assert person["id"] == (await api("GET", f"/admin/identities/{person['id']}"))["id"]


async def test_the_revision_says_where_it_came_from_and_whose_key_it_was(api, rich, slug):
    wanted = copy.deepcopy(rich)
    wanted["projects"][0]["name"] = "Renamed"
    await api.apply(wanted)
    newest = (await api("GET", f"/projects/{slug}/revisions"))["revisions"][0]

    assert "applied from a file" == newest["change"]


async def test_a_deleted_destinations_settings_are_off_the_disk(api, rich, rooms):
    await api.apply({"version": 1, "destinations": []}, prune=True)

    def sealed(connection):
        return [
            rooms.sealer.unseal(row.settings_sealed, context="destination-settings")
            for row in connection.execute(select(destinations))
        ]

    assert {b"{}"} == set(await rooms.database.read(sealed))


@pytest.mark.parametrize("section", ["projects", "sources", "destinations"])
async def test_an_empty_section_without_prune_keeps_everything(api, rich, section):
    planned = await api.plan({"version": 1, section: []})

    assert [] == planned["changes"]
    assert len(rich[section]) == len(planned["kept"])


async def test_a_destinations_secret_may_be_named_and_is_written_as_it_is_named(api, rich, rooms):
    wanted = copy.deepcopy(rich)
    wanted["destinations"][0]["settings"] |= {"shared_secret": "env:CRM_KEY", "headers": {"X-Key": "env:CRM_KEY"}}
    await api.apply(wanted)

    assert wanted == await api.document()


async def test_a_secret_that_can_not_be_read_is_refused(api, rich):
    wanted = copy.deepcopy(rich)
    wanted["destinations"][0]["settings"]["shared_secret"] = "env:NOT_ALLOWED"
    said = await api.refusal(wanted)

    assert "/destinations/0/settings: The setting `shared_secret` needs a secret that can't be read" in said
    assert "HEADWATER_SECRET_ENV=NOT_ALLOWED" in said
