"""Warehouses in a configuration file: made, changed and pruned like everything else, and no password stands in it."""

import json

import pytest

URL = "postgresql://loader@db.test/analytics"


def lake(**more):
    settings = {"url": URL, "password": "hunter2", **more.pop("settings", {})}
    return {"version": 1, "warehouses": [{"name": "main", "kind": "postgres", "settings": settings, **more}]}


async def test_a_warehouse_is_made_with_the_source_it_gets_and_a_second_time_nothing(api):
    wanted = lake(sources=["shop"], exclude=["shop.tracks"], schedule="15m", enabled=False)
    wanted["sources"] = [{"name": "Shop", "slug": "shop"}]
    made = await api.apply(wanted)
    written = await api.document()

    assert ["source", "warehouse"] == [one["kind"] for one in made["changes"]]
    assert [] == (await api.plan(wanted))["changes"] == (await api.plan(written))["changes"]
    [warehouse] = written["warehouses"]
    assert ("15m", ["shop"], ["shop.tracks"], False) == (
        warehouse["schedule"],
        warehouse["sources"],
        warehouse["exclude"],
        warehouse["enabled"],
    )
    assert "hunter2" not in json.dumps([made, written])


async def test_another_password_is_a_change_that_is_told_and_not_shown(api):
    await api.apply(lake())
    [change] = (await api.apply(lake(settings={"password": "swordfish"})))["changes"]

    assert ["/settings/password"] == [one["path"] for one in change["changes"]]
    assert "swordfish" not in json.dumps(change)


async def test_a_kept_password_goes_to_no_other_server(api):
    await api.apply(lake())
    elsewhere = lake(settings={"url": "postgresql://loader@mallory.test/analytics", "password": "***"})

    assert "kept for another server" in await api.refusal(elsewhere)


async def test_settings_are_whole(api):
    await api.apply(lake(settings={"prefix": "raw_", "password": "env:CRM_KEY"}))
    await api.apply(lake(settings={"password": "env:CRM_KEY"}))

    assert {"url": URL, "password": "env:CRM_KEY"} == (await api.document())["warehouses"][0]["settings"]


async def test_what_the_file_lacks_stays_unless_it_is_pruned(api):
    await api.apply(lake())
    empty = {"version": 1, "warehouses": []}

    assert [{"kind": "warehouse", "name": "main"}] == (await api.apply(empty))["kept"]
    assert ["delete"] == [one["action"] for one in (await api.apply(empty, prune=True))["changes"]]
    assert [] == (await api.document())["warehouses"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"kind": "oracle"}, "/warehouses/0: There is no kind"),
        ({"name": "My Lake"}, "/warehouses/0: A warehouse's name"),
        ({"sources": ["shpo"]}, "/warehouses/0/sources: there is no source 'shpo'"),
        ({"exclude": ["shop.tracks"]}, "/warehouses/0: There is no source 'shop'"),
        ({"schedule": "5s"}, "once in 60 s"),
    ],
    ids=["kind", "name", "source", "exclusion", "schedule"],
)
async def test_refuses_what_no_warehouse_can_be(api, more, said):
    assert said in await api.refusal(lake(**more))
