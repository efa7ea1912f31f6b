"""Two writers of one project: both changes land, whole; who names the revision they saw is told when it moved."""

import asyncio

import pytest
from ory_client import models

from headwater.workspace import projects
from unit.api.console_stage import CONFIG, LIFESPAN, Stage, put, reason, session


@pytest.fixture
async def stage(tmp_path):
    async with Stage(tmp_path) as stage:
        yield stage


async def test_of_writers_who_race_every_change_lands(stage):
    origin = "/cors_public/origins/-"
    names = [f"https://{number}.example.org" for number in range(20)]
    answers = await asyncio.gather(
        *(stage.patched({"op": "add", "path": origin, "value": name}, put("/name", name)) for name in names)
    )
    after = await stage.shown()

    assert {200} == {answer.status_code for answer in answers}
    assert sorted(names) == sorted(after["cors_public"]["origins"])
    assert after["name"] == after["cors_public"]["origins"][-1]  # the last one's change is whole


async def test_a_writer_elsewhere_who_comes_between_costs_no_change(stage):
    """Another process saves while ours is still checking: ours is made again, to theirs."""
    rivals = iter(["rival"])

    async def check(document):
        name = next(rivals, None)
        if name is not None:
            await stage.database.write(lambda c: _rename(stage, c, name))
        return []

    stage.check = check
    answer = await stage.patched(put(LIFESPAN, "5h"))
    after = await stage.shown()

    assert 200 == answer.status_code
    assert ("rival", "5h") == (after["name"], session(after))


async def test_a_writer_who_never_stops_is_not_waited_for_for_ever(stage):
    tries = []

    async def check(document):
        tries.append(document)
        await stage.database.write(lambda c: _rename(stage, c, f"rival {len(tries)}"))
        return []

    stage.check = check
    answer = await stage.patched(put(LIFESPAN, "5h"))

    assert (409, "Conflict", "revision_moved") == tuple(answer.json()["error"][key] for key in ("code", "status", "id"))
    assert "Try again" in reason(answer)
    assert 10 == len(tries)
    assert "24h" == session(await stage.shown())


async def test_of_writers_who_name_the_same_revision_one_is_told(stage):
    seen = (await stage.shown())["revision_id"]
    path = f"/projects/{stage.project.id}/revision/{seen}"
    answers = await asyncio.gather(
        *(stage.ask("PATCH", path, [put(LIFESPAN, lifespan)]) for lifespan in ("1h", "2h", "3h"))
    )
    landed = [answer for answer in answers if answer.status_code == 200]
    told = [answer for answer in answers if answer.status_code == 409]
    project = models.SuccessfulProjectUpdate.from_json(landed[0].text).project

    assert (1, 2) == (len(landed), len(told))
    assert session(landed[0].json()["project"]) == session(await stage.shown())
    assert {str(project.revision_id)} == {answer.json()["error"]["details"]["revision_id"] for answer in told}
    assert "Look at it again" in reason(told[0])


async def test_a_revision_that_moves_while_it_is_checked_is_told_and_not_tried_again(stage):
    seen = (await stage.shown())["revision_id"]

    async def check(document):
        await stage.database.write(lambda c: _rename(stage, c, "rival"))
        return []

    stage.check = check
    answer = await stage.ask("PATCH", f"/projects/{stage.project.id}/revision/{seen}", [put(LIFESPAN, "1h")])

    assert 409 == answer.status_code
    assert "24h" == session(await stage.shown())


@pytest.mark.parametrize("revision", ["0b9f3a54-43cf-4c5e-8d8e-6f3a1f0c7a11", "current", "1"])
async def test_a_revision_that_is_not_the_current_one_s_id_is_409(stage, revision):
    answer = await stage.ask("PATCH", f"/projects/{stage.project.id}/revision/{revision}", [put(LIFESPAN, "1h")])
    assert 409 == answer.status_code


async def test_a_change_that_is_refused_is_not_tried_again(stage):
    answer = await stage.patched({"op": "remove", "path": f"{CONFIG}/nothing/here"})
    assert 400 == answer.status_code


def _rename(stage, connection, name):
    found = projects.get(connection, stage.project.id)
    return projects.save(connection, found, {**found.document, "name": name}, clock=stage.clock, sealer=stage.sealer)
