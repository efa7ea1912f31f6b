"""What a project was: every revision is kept, told apart, and can be gone back to. Ours; Ory keeps only the last."""

import asyncio

import pytest
from ory_client import models

from headwater.core import ids
from headwater.core.errors import BadRequestError
from headwater.workspace import projects, revisions
from unit.api.console_stage import CONFIG, LIFESPAN, Stage, put, reason, session

HOOKS = f"{CONFIG}/selfservice/flows/registration/after/hooks"


@pytest.fixture
async def stage(tmp_path):
    async with Stage(tmp_path) as stage:
        yield stage


async def asked(stage, path, *, method="GET"):
    answer = await stage.ask(method, f"/projects/{stage.project.id}/revisions{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_every_change_is_a_revision_with_its_author_and_its_time(stage):
    stage.clock.advance(60)
    mallory = await stage.new_key(name="mallory's laptop")
    await stage.lifespan("1h")
    await stage.ask("PATCH", f"/projects/{stage.project.id}", [put(LIFESPAN, "2h")], key=mallory)
    entries = (await asked(stage, ""))["revisions"]
    current = (await stage.shown())["revision_id"]

    assert [3, 2, 1] == [one["number"] for one in entries]
    assert ["patched", "patched", "created"] == [one["change"] for one in entries]
    assert ["mallory's laptop", "ada", "headwater"] == [one["author"]["name"] for one in entries]
    assert [current] == [one["id"] for one in entries if one["is_current"]]
    assert ["2026-11-23T00:01:01.000Z"] * 2 == [one["created_at"] for one in entries[:2]]
    assert ids.is_uuid(entries[0]["author"]["key_id"])


async def test_the_author_is_known_after_the_key_is_gone(stage):
    key = await stage.new_key(name="contractor")
    await stage.ask("PATCH", f"/projects/{stage.project.id}", [put(LIFESPAN, "2h")], key=key)
    for one in (await stage.ask("GET", f"/workspaces/{stage.workspace.id}/tokens")).json():
        if one["name"] == "contractor":
            await stage.ask("DELETE", f"/workspaces/{stage.workspace.id}/tokens/{one['id']}")

    assert "contractor" == (await asked(stage, "/current"))["author"]["name"]


async def test_a_revision_is_found_by_id_number_and_word(stage):
    first = (await stage.shown())["revision_id"]
    second = await stage.lifespan("1h")
    third = await stage.lifespan("2h")

    for name, expected, lifespan in [
        (first, 1, "24h"),
        ("1", 1, "24h"),
        (second.upper(), 2, "1h"),
        ("previous", 2, "1h"),
        (third, 3, "2h"),
        ("current", 3, "2h"),
    ]:
        found = await asked(stage, f"/{name}")
        assert (expected, lifespan) == (found["number"], session(found["document"]))


@pytest.mark.parametrize(
    "name", ["0", "9", "99999999999999999999", "-1", "next", "..", "00000000-0000-4000-8000-000000000000"]
)
async def test_a_revision_that_is_not_there_is_404_and_says_which_are(stage, name):
    quoted = name.replace(".", "%2e")
    for method, rest in (("GET", ""), ("GET", "/diff"), ("POST", "/rollback")):
        answer = await stage.ask(method, f"/projects/{stage.project.id}/revisions/{quoted}{rest}")
        assert 404 == answer.status_code
        assert name == ".." or "There is 1, `current`, and none before" in reason(answer)


async def test_there_is_no_previous_one_of_the_first(stage):
    answer = await stage.ask("GET", f"/projects/{stage.project.id}/revisions/previous")
    assert 404 == answer.status_code


async def test_pages_go_on_where_they_ended_while_changes_are_made(stage):
    for hours in range(1, 5):
        await stage.lifespan(f"{hours}h")
    first = await asked(stage, "?page_size=2")
    await stage.lifespan("9h")
    second = await asked(stage, f"?page_size=2&page_token={first['next_page_token']}")
    last = await asked(stage, f"?page_size=2&page_token={second['next_page_token']}")

    assert [5, 4, 3, 2, 1] == [one["number"] for page in (first, second, last) for one in page["revisions"]]
    assert [True, True, False] == [page["has_next_page"] for page in (first, second, last)]
    assert "" == last["next_page_token"]


@pytest.mark.parametrize("query", ["page_token=x", "page_token=-1", "page_size=0", "page_size=x"])
async def test_a_page_of_nonsense_is_400(stage, query):
    answer = await stage.ask("GET", f"/projects/{stage.project.id}/revisions?{query}")
    assert 400 == answer.status_code


async def test_a_diff_says_what_was_and_what_is(stage):
    await stage.patched(
        put(LIFESPAN, "1h"),
        {"op": "add", "path": f"{HOOKS}/0", "value": {"hook": "verification"}},
        {"op": "remove", "path": f"{CONFIG}/cookies/same_site"},
    )
    there = await asked(stage, "/previous/diff")
    back = await asked(stage, "/current/diff?to=1")

    assert (1, 2) == (there["from"]["number"], there["to"]["number"])
    assert {
        f"{HOOKS}/0": ("add", ..., {"hook": "verification"}),
        LIFESPAN: ("replace", "24h", "1h"),
        f"{CONFIG}/cookies/same_site": ("remove", "Lax", ...),
    } == by_path(there)
    assert {
        f"{HOOKS}/0": ("remove", {"hook": "verification"}, ...),
        LIFESPAN: ("replace", "1h", "24h"),
        f"{CONFIG}/cookies/same_site": ("add", ..., "Lax"),
    } == by_path(back)


def by_path(answer):
    return {one["path"]: (one["op"], one.get("from", ...), one.get("to", ...)) for one in answer["changes"]}


async def test_nothing_is_different_between_a_revision_and_itself(stage):
    assert [] == (await asked(stage, "/current/diff?to=1"))["changes"]


async def test_a_rollback_is_a_new_revision_of_an_old_document(stage):
    await stage.patched(put("/name", "renamed"), put(LIFESPAN, "1h"))
    await stage.lifespan("2h")
    answer = await stage.ask("POST", f"/projects/{stage.project.id}/revisions/1/rollback")
    project = models.SuccessfulProjectUpdate.from_json(answer.text).project
    entries = (await asked(stage, ""))["revisions"]

    assert 200 == answer.status_code
    assert ("first", "24h") == (project.name, session(answer.json()["project"]))
    assert (4, "rolled back to 1") == (entries[0]["number"], entries[0]["change"])
    assert str(project.revision_id) == entries[0]["id"]
    assert [] == (await asked(stage, "/1/diff"))["changes"]


async def test_a_rollback_to_what_would_be_refused_today_changes_nothing(stage):
    await stage.lifespan("2h")

    async def check(document):
        if document["session"]["lifespan"] != "2h":
            raise BadRequestError("Sessions last 2h since yesterday.")
        return []

    stage.check = check
    before = await stage.shown()
    answer = await stage.ask("POST", f"/projects/{stage.project.id}/revisions/1/rollback")

    assert (400, before) == (answer.status_code, await stage.shown())


async def test_a_rollback_under_changes_is_whole(stage):
    await stage.patched(put("/name", "one"), put(LIFESPAN, "1h"))
    await stage.patched(put("/name", "two"), put(LIFESPAN, "2h"))
    base = f"/projects/{stage.project.id}"
    work = [stage.ask("POST", f"{base}/revisions/{number}/rollback") for number in (2, 3) * 5]
    looks = [stage.ask("GET", base) for _ in range(20)]
    answers = await asyncio.gather(*work, *looks)

    seen = {(document["name"], session(document)) for document in (one.json() for one in answers[10:])}
    assert {200} == {answer.status_code for answer in answers}
    assert seen <= {("one", "1h"), ("two", "2h")}


async def test_a_secret_stays_a_reference_in_every_revision_and_works_again_after_a_rollback(stage):
    auth = {"type": "basic_auth", "config": {"user": "hush-hush", "password": ""}}
    hook = {"hook": "web_hook", "config": {"url": "https://a.example/", "method": "POST", "auth": auth}}
    await stage.patched({"op": "add", "path": f"{HOOKS}/0", "value": hook})
    await stage.patched({"op": "remove", "path": f"{HOOKS}/0"})
    texts = [
        (await stage.ask("GET", f"/projects/{stage.project.id}/revisions/{rest}")).text
        for rest in ("2", "1/diff?to=2", "2/diff")
    ]
    answer = await stage.ask("POST", f"/projects/{stage.project.id}/revisions/2/rollback")
    after = await stage.database.read(lambda c: projects.get(c, stage.project.id))
    opened = await stage.database.read(lambda c: projects.reveal(c, after, sealer=stage.sealer))

    assert all("secret://" in text and "hush" not in text for text in (*texts, answer.text))
    assert (
        "hush-hush"
        == opened["selfservice"]["flows"]["registration"]["after"]["hooks"][0]["config"]["auth"]["config"]["user"]
    )


def keep(connection, stage, text="{}"):
    revisions.record(
        connection,
        id=ids.new_uuid(),
        project_id=stage.project.id,
        document=text,
        change="patched",
        author=revisions.OURSELVES,
        now_ms=1,
    )


async def test_the_newest_thousand_are_kept(stage):
    await stage.database.write(lambda c: [keep(c, stage) for _ in range(revisions.MAX_KEPT + 4)])
    kept = await stage.database.read(lambda c: revisions.newest_first(c, stage.project.id, limit=2_000))

    assert (revisions.MAX_KEPT, 1005, 6) == (len(kept), kept[0].number, kept[-1].number)


async def test_of_large_documents_fewer_are_kept_but_the_last_two_always(stage, monkeypatch):
    monkeypatch.setattr(revisions, "MAX_KEPT_BYTES", 1_000)
    large = '"' + "x" * 398 + '"'
    await stage.database.write(lambda c: [keep(c, stage, large) for _ in range(5)])
    two = await stage.database.read(lambda c: revisions.newest_first(c, stage.project.id))
    await stage.database.write(lambda c: [keep(c, stage, large * 9) for _ in range(3)])
    left = await stage.database.read(lambda c: revisions.newest_first(c, stage.project.id))

    assert [6, 5] == [one.number for one in two]
    assert [9, 8] == [one.number for one in left]
