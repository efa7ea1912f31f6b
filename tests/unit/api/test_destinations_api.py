"""/api/destinations over HTTP: changes, and what is said of those that can't be."""

import pytest

from headwater.core.event import Record


@pytest.fixture
async def made(asked):
    await asked("POST", "/sources", {"name": "web"})
    settings = {"url": "https://crm.test/in?key=hush-hush", "shared_secret": "hush-hush", "headers": {"X": "hush-hush"}}
    settings |= {"proxy": "http://ada:hush-hush@proxy.test:3128"}
    _, document = await asked("POST", "/destinations", {"kind": "webhook", "sources": ["web"], "settings": settings})
    return document


async def test_a_change_is_shown_and_keeps_what_it_does_not_name(asked, made, rooms):
    status, changed = await asked(
        "PATCH", f"/destinations/{made['id']}", {"name": "CRM", "settings": {"method": "PUT"}}
    )

    assert 200 == status
    assert {**made, "name": "CRM", "settings": {**made["settings"], "method": "PUT"}} == changed
    assert (200, changed) == await asked("GET", f"/destinations/{made['id']}")


async def test_what_is_shown_written_back_changes_nothing(asked, made):
    assert "hush-hush" not in str(made)
    assert (200, made) == await asked("PATCH", f"/destinations/{made['id']}", {"settings": made["settings"]})


async def test_a_setting_that_is_null_goes(asked, made):
    _, changed = await asked("PATCH", f"/destinations/{made['id']}", {"settings": {"shared_secret": None}})

    assert "shared_secret" not in changed["settings"]


async def test_mallory_can_not_have_the_secrets_sent_to_themselves(asked, made):
    url = {"settings": {"url": "https://mallory.test/"}}
    status, answer = await asked("PATCH", f"/destinations/{made['id']}", url)

    assert 400 == status
    assert "is kept for another address" in answer["error"]["reason"]
    assert (200, made) == await asked("GET", f"/destinations/{made['id']}")


BAD = {
    "nothing": ({}, "Say what to change"),
    "no sources": ({"sources": []}, "needs at least one source"),
    "a strange source": ({"sources": ["nowhere"]}, "There is no source 'nowhere'"),
    "a strange setting": ({"settings": {"methd": "PUT"}}, "Did you mean `method`?"),
    "a wrong setting": ({"settings": {"method": "GET"}}, "must be POST, PUT, PATCH"),
    "a required one taken away": ({"settings": {"url": None}}, "needs the setting `url`"),
    "a long patience": ({"patience": "8d"}, "/patience: must be a whole number of s, m, h or d, such as 30m, 4h or 3d"),
    "a proxy that is none": ({"settings": {"proxy": "crm.test"}}, "`proxy` of webhook must be http://host:port"),
    "another kind": ({"kind": "segment"}, "unknown field `kind`"),
}


@pytest.mark.parametrize("name", BAD)
async def test_refuses_and_changes_nothing(asked, made, name):
    body, expected = BAD[name]
    status, answer = await asked("PATCH", f"/destinations/{made['id']}", body)

    assert status in (400, 404)
    assert expected in answer["error"]["reason"]
    assert (200, made) == await asked("GET", f"/destinations/{made['id']}")


async def test_a_deleted_destination_is_not_found_and_said_to_be_deleted(asked, made):
    assert (204, None) == await asked("DELETE", f"/destinations/{made['id']}")
    for method, body in (("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None)):
        status, answer = await asked(method, f"/destinations/{made['id']}", body)

        assert 404 == status
        assert "was deleted at" in answer["error"]["reason"]
    assert {"destinations": []} == (await asked("GET", "/destinations"))[1]


async def test_only_an_administrator_changes_them(asked, made):
    _, key = await asked("POST", "/keys", {"name": "o", "role": "operator"})
    for method, body in (("PATCH", {"name": "x"}), ("DELETE", None)):
        assert 403 == (await asked(method, f"/destinations/{made['id']}", body, key=key["key"]))[0]


@pytest.mark.parametrize(
    "call",
    [
        ("PATCH", "/destinations/{id}", {"enabled": False}),
        ("DELETE", "/destinations/{id}", None),
        ("POST", "/config/apply", {"document": {"version": 1, "destinations": []}, "prune": True}),
    ],
)
async def test_the_answer_waits_until_whoever_delivers_has_followed(asked, made, rooms, call):
    seen = []
    method, path, body = call

    async def follow():
        _, document = await asked("GET", "/destinations")
        seen.append([one["enabled"] for one in document["destinations"]])

    rooms.follow = follow
    status, _ = await asked(method, path.format(**made), body)

    assert status < 300
    assert 1 == len(seen)
    assert True not in seen[0]  # it was stored by then


MAPPED = {
    "mode": "shadow",
    "order": "per-user",
    "mappings": [{"name": "orders", "trigger": 'event = "Order"', "template": "function(event) {id: event.userId}"}],
    "filters": [{"fql": "type = 'track'", "action": "keep"}],
    "requests_per_second": 2.5,
    "concurrency": 3,
    "patience": "3d",
}


async def test_a_destination_is_made_with_a_routing_and_shows_it(asked):
    await asked("POST", "/sources", {"name": "web"})
    body = {"kind": "webhook", "sources": ["web"], "settings": {"url": "https://crm.test/"}}
    status, routed = await asked("POST", "/destinations", {**body, **MAPPED})
    _, plain = await asked("POST", "/destinations", body)

    assert 201 == status
    assert MAPPED == {key: routed[key] for key in MAPPED}
    assert {"mode": "live", "order": "unordered", "mappings": [], "filters": []}.items() <= plain.items()
    assert [None] * 3 == [plain[name] for name in ("requests_per_second", "concurrency", "patience")]


async def test_a_change_of_the_routing_keeps_what_it_does_not_name(asked, made):
    await asked("PATCH", f"/destinations/{made['id']}", MAPPED)
    mapping = {"id": {"@path": "$.userId"}}
    status, changed = await asked("PATCH", f"/destinations/{made['id']}", {"mapping": mapping, "concurrency": None})

    assert 200 == status
    assert {**made, **MAPPED, "mappings": [{"template": mapping}], "concurrency": None} == changed
    assert (200, changed) == await asked("GET", f"/destinations/{made['id']}")


async def test_a_name_changed_leaves_the_routing_alone(asked, made):
    _, before = await asked("PATCH", f"/destinations/{made['id']}", MAPPED)

    assert (200, {**before, "name": "CRM"}) == await asked("PATCH", f"/destinations/{made['id']}", {"name": "CRM"})


BAD_ROUTING = {
    "a key that is not one": ({"mapings": []}, "unknown field `mapings`. Did you mean `mappings`?"),
    "a key inside": ({"filters": [{"fq": "all"}]}, "/filters/0/fq: there is no key `fq`. Did you mean `fql`?"),
    "a mode": ({"mode": "off"}, "/mode: there is no mode `off`. There are live, shadow."),
    "Jsonnet": ({"mapping": "function(event) {"}, "/mappings/0/template: mapping.jsonnet:"),
    "FQL": ({"filters": [{"fql": "type =", "action": "keep"}]}, "/filters/0/fql: FQL, "),
    "a trigger": ({"mappings": [{"template": {}, "trigger": "&"}]}, "/mappings/0/trigger: The trigger can't be read"),
    "a directive": ({"mapping": {"a": {"@nope": 1}}}, "/mappings/0/template: "),
    "an action": ({"mappings": [{"template": {}, "action": "x"}]}, "/mappings/0/action: webhook: there is no action"),
}


@pytest.mark.parametrize("name", BAD_ROUTING)
async def test_refuses_a_routing_that_could_not_work_and_stores_nothing(asked, made, name):
    routing, expected = BAD_ROUTING[name]
    body = {"kind": "webhook", "sources": ["web"], "settings": {"url": "https://crm.test/"}, **routing}
    answers = [await asked("PATCH", f"/destinations/{made['id']}", routing), await asked("POST", "/destinations", body)]

    assert [400, 400] == [status for status, _ in answers]
    assert all(expected in answer["error"]["reason"] for _, answer in answers)
    assert {"destinations": [made]} == (await asked("GET", "/destinations"))[1]


async def test_a_new_destination_starts_now_or_where_it_is_told(asked, made, rooms):
    record = Record(source="s", message_id="m1", type="track", body=b"{}", received_at_ms=0)
    await rooms.log.append([record])
    body = {"kind": "webhook", "sources": ["web"], "settings": {"url": "https://crm.test/"}}
    now = await asked("POST", "/destinations", body)
    beginning = await asked("POST", "/destinations", {**body, "start": "beginning"})
    nowhere = await asked("POST", "/destinations", {**body, "start": {"offset": 7}})

    assert [(201, {"offset": 2}), (201, {"offset": 1})] == [(one[0], one[1]["start"]) for one in (now, beginning)]
    assert (400, "bad_start") == (nowhere[0], nowhere[1]["error"]["id"])
