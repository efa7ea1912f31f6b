"""/api/replays over HTTP: begun, counted, shown, ended; and what is said of those that cannot be. Nobody delivers."""

import pytest

from headwater.core.event import Record
from headwater.deliver.ledger import Ledger
from headwater.deliver.replays import names
from headwater.workspace import replays

MINUTE_MS = 60_000


@pytest.fixture
async def crm(asked):
    await asked("POST", "/sources", {"name": "web"})
    await asked("POST", "/sources", {"name": "shop"})
    await asked("POST", "/sources", {"name": "other"})
    body = {"kind": "webhook", "sources": ["web", "shop"], "settings": {"url": "https://crm.test/in"}}
    _, document = await asked("POST", "/destinations", body)
    return document["id"]


@pytest.fixture
async def stored(asked, rooms, crm):
    """Ten events, one a minute, the newest a moment ago: every second one of `shop`, and of eve."""
    _, answer = await asked("GET", "/sources")
    ids = {one["slug"]: one["id"] for one in answer["sources"]}
    now_ms = int(rooms.clock.now().timestamp() * 1000)
    records = [
        Record(
            source=ids["shop" if number % 2 else "web"],
            message_id=f"m{number}",
            type="track",
            body=b'{"type":"track","event":"%s"}' % (b"Bought" if number > 6 else b"Seen"),
            received_at_ms=now_ms - (9 - number) * MINUTE_MS,
            user_id="eve" if number % 2 else "ada",
        )
        for number in range(10)
    ]
    await rooms.log.append(records)
    return records


async def test_one_is_begun_and_shown_as_it_was_asked_for(asked, crm, stored):
    body = {
        "destination": crm,
        "since": "2026-01-01T00:00:00Z",
        "until": "2026-01-02T00:00:00+01:00",
        "sources": ["shop"],
        "filter": "event = 'Bought'",
        "users": ["eve", "ada", "eve"],
        "requests_per_second": 2.5,
    }
    status, made = await asked("POST", "/replays", body)

    assert 201 == status
    assert ("running", None, "Webhooks") == (made["state"], made["reason"], made["name"])
    assert ("2026-01-01T00:00:00.000Z", "2026-01-01T23:00:00.000Z") == (made["since"], made["until"])
    assert (["shop"], "event = 'Bought'", ["eve", "ada"]) == (made["sources"], made["filter"], made["users"])
    assert (2.5, None, 0, None) == (
        made["requests_per_second"],
        made["events"],
        made["done"],
        made["finished_at"],
    )
    assert (200, made) == await asked("GET", f"/replays/{made['id']}")
    assert (200, {"replays": [made]}) == await asked("GET", "/replays")
    assert (200, {"replays": []}) == await asked("GET", "/replays?destination=dst_other")


COUNTED = {
    "everything": ({"since": "beginning"}, 10),
    "an age": ({"since": "150s"}, 3),
    "up to an age": ({"since": "1h", "until": "150s"}, 7),
    "a source": ({"since": "1h", "sources": ["shop"]}, 5),
    "a person": ({"since": "1h", "users": ["eve", "nobody"]}, 5),
    "a filter": ({"since": "1h", "filter": "event = 'Bought'"}, 3),
    "all of them": ({"since": "330s", "sources": ["web"], "users": ["ada"], "filter": "event = 'Bought'"}, 1),
}


@pytest.mark.parametrize("what", COUNTED)
async def test_a_dry_run_counts_exactly_and_begins_nothing(asked, crm, stored, what):
    wanted, expected = COUNTED[what]

    assert (200, {"events": expected}) == await asked(
        "POST", "/replays", {"destination": crm, "dry_run": True, **wanted}
    )
    assert (200, {"replays": []}) == await asked("GET", "/replays")


BAD = {
    "no such destination": ({"destination": "dst_nobody"}, 404, "headwater list destinations"),
    "no such source": ({"sources": ["nowhere"]}, 404, "There is no source 'nowhere'"),
    "a source of others": ({"sources": ["other"]}, 400, "The source 'other' is not connected to Webhooks"),
    "no time": ({"since": "yesterday"}, 400, "an age such as 15m, 1h or 7d"),
    "no zone": ({"since": "2026-01-01T00:00:00"}, 400, "put Z behind it"),
    "the future": ({"since": "2999-01-01T00:00:00Z"}, 400, "is not before now"),
    "backwards": ({"since": "1h", "until": "2h"}, 400, "since (1h) is not before until (2h)"),
    "too long ago to be": ({"since": "999999d"}, 400, "an age such as"),
    "no FQL": ({"filter": "event = "}, 400, "FQL, column"),
    "an endless filter": ({"filter": "a" * 6_000}, 400, "5120 characters at most"),
    "a crowd": ({"users": [str(number) for number in range(1_001)]}, 400, "1000 users at most"),
    "no rate at all": ({"requests_per_second": 0}, 400, "from 0.01 to 10000"),
    "a strange key": ({"dryrun": True}, 400, "Did you mean `dry_run`?"),
}


async def test_what_can_not_be_is_refused_in_words_and_begins_nothing(asked, crm):
    found = {}
    for what, (change, code, words) in BAD.items():
        body = {"destination": crm, "since": "1h", **change}
        for dry in ({}, {"dry_run": True}):
            status, answer = await asked("POST", "/replays", body | dry)
            if code != status or words not in answer["error"]["reason"]:
                found[what] = answer

    assert {} == found
    assert (200, {"replays": []}) == await asked("GET", "/replays")


async def test_it_waits_goes_on_and_ends_for_good(asked, crm):
    _, made = await asked("POST", "/replays", {"destination": crm, "since": "1h"})
    path = f"/replays/{made['id']}"
    states = [(await asked("POST", f"{path}/{verb}"))[1]["state"] for verb in ("pause", "resume", "cancel", "cancel")]
    status, answer = await asked("POST", f"{path}/resume")

    assert ["paused", "running", "cancelled", "cancelled"] == states
    assert 409 == status
    assert "was cancelled" in answer["error"]["reason"]
    assert 404 == (await asked("POST", "/replays/rpl_nobody/cancel"))[0]


async def test_it_stands_as_its_destination_does(asked, crm):
    _, made = await asked("POST", "/replays", {"destination": crm, "since": "1h"})
    path = f"/replays/{made['id']}"
    await asked("PATCH", f"/destinations/{crm}", {"enabled": False})
    _, off = await asked("GET", path)
    await asked("DELETE", f"/destinations/{crm}")
    _, gone = await asked("GET", path)

    assert ("paused", "DESTINATION_IS_DISABLED") == (off["state"], off["reason"])
    assert ("cancelled", "DESTINATION_WAS_DELETED") == (gone["state"], gone["reason"])


async def test_a_finished_one_stays_listed_with_its_numbers_and_is_over(asked, crm, rooms):
    _, made = await asked("POST", "/replays", {"destination": crm, "since": "1h"})
    replay = await rooms.database.read(lambda connection: replays.get(connection, made["id"]))
    ledger = Ledger(rooms.folder.deliver_database, sealer=rooms.sealer)
    await ledger.note_replay_total(names.name_of(replay), 7)
    await ledger.finish_replay(names.name_of(replay), at_ms=1_700_000_000_000)
    await ledger.close()
    _, found = await asked("GET", f"/replays/{made['id']}")
    status, answer = await asked("POST", f"/replays/{made['id']}/cancel")

    assert ("finished", 7, "2023-11-14T22:13:20.000Z") == (found["state"], found["events"], found["finished_at"])
    assert 409 == status
    assert "is finished" in answer["error"]["reason"]


async def test_who_may_only_look_begins_and_ends_nothing(asked, crm):
    _, viewer = await asked("POST", "/keys", {"role": "viewer"})
    _, operator = await asked("POST", "/keys", {"role": "operator"})
    body = {"destination": crm, "since": "1h"}
    _, made = await asked("POST", "/replays", body, key=operator["key"])

    assert 403 == (await asked("POST", "/replays", body, key=viewer["key"]))[0]
    assert 403 == (await asked("POST", "/replays", {**body, "dry_run": True}, key=viewer["key"]))[0]
    assert 403 == (await asked("POST", f"/replays/{made['id']}/cancel", key=viewer["key"]))[0]
    assert (200, made) == await asked("GET", f"/replays/{made['id']}", key=viewer["key"])
    assert 401 == (await asked("GET", "/replays", key="nobody"))[0]
