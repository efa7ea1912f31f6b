"""/api/lake/erasures: asked for by whoever may, in force when it is answered, and shown with how far it is."""

import pytest

from headwater.lake import erasure_desk


async def test_people_are_noted_with_the_place_of_the_log_and_shown_newest_first(asked, rooms):
    status, answer = await asked("POST", "/lake/erasures", {"user_ids": ["ada", "ada"], "anonymous_ids": ["x1"]})
    _, page = await asked("GET", "/lake/erasures?limit=1")
    _, rest = await asked("GET", f"/lake/erasures?before={page['next']}")
    hidden = await erasure_desk.unsettled(rooms.database, rooms.folder.lake)

    assert 202 == status
    assert [("ada", None, "waiting"), (None, "x1", "waiting")] == [
        (one["user_id"], one["anonymous_id"], one["state"]) for one in answer["erasures"]
    ]
    assert (["x1"], ["ada"]) == (
        [one["anonymous_id"] for one in page["erasures"]],
        [one["user_id"] for one in rest["erasures"]],
    )
    assert [("ada", None), (None, "x1")] == [(one.user_id, one.anonymous_id) for one in hidden]
    assert {rooms.log.newest_offset} == {one.up_to for one in hidden}


@pytest.mark.parametrize(
    "body",
    [{}, {"user_ids": [""]}, {"user_ids": ["a\0b"]}, {"anonymous_ids": ["x" * 513]}, {"user_ids": ["x"] * 1, "who": 1}],
    ids=["nobody", "no-id", "nul", "too-long", "unknown-key"],
)
async def test_refuses_what_names_nobody(asked, body):
    assert 400 == (await asked("POST", "/lake/erasures", body))[0]


async def test_a_viewer_may_look_and_erase_nobody(asked):
    _, key = await asked("POST", "/keys", {"role": "viewer"})

    assert 403 == (await asked("POST", "/lake/erasures", {"user_ids": ["ada"]}, key=key["key"]))[0]
    assert (200, {"erasures": [], "next": None}) == await asked("GET", "/lake/erasures", key=key["key"])
