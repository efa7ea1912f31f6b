"""A configuration is tried out before it is anybody's: what it would be told, and that it stays out."""

import pytest

from unit.api.console_stage import Stage

CHECK = "identity-config/check"


@pytest.fixture
async def stage(tmp_path):
    async with Stage(tmp_path) as stage:
        yield stage


async def config(stage):
    return (await stage.shown())["services"]["identity"]["config"]


async def test_says_what_would_be_warned_of_and_changes_nothing(stage):
    before = await stage.shown()
    wanted = {**await config(stage), "doubtful": True}

    answer = await stage.ask("POST", f"/projects/{stage.project.slug}/{CHECK}", wanted)

    assert 200 == answer.status_code
    assert {"valid": True, "problem": None} == {key: answer.json()[key] for key in ("valid", "problem")}
    assert ["doubtful"] == [one["id"] for one in answer.json()["warnings"]]
    assert before == await stage.shown()


async def test_says_what_would_refuse_it_and_where(stage):
    wanted = await config(stage) | {"session": {"lifespan": 7}}

    answer = await stage.ask("POST", f"/projects/{stage.project.id}/{CHECK}", wanted)

    assert (200, False, []) == (answer.status_code, answer.json()["valid"], answer.json()["warnings"])
    assert "/session/lifespan" == answer.json()["problem"]["path"]
    assert "/session/lifespan" in answer.json()["problem"]["message"]


@pytest.mark.parametrize("document", [[], "text", 7, {}])
async def test_what_is_no_configuration_at_all_is_not_valid(stage, document):
    answer = await stage.ask("POST", f"/projects/{stage.project.id}/{CHECK}", document)

    assert (200, False) == (answer.status_code, answer.json()["valid"])
    assert answer.json()["problem"]["message"]


async def test_who_may_not_change_it_may_not_try_it_either(stage):
    other = await stage.new_project("other")
    viewer, theirs = await stage.new_key(role="viewer"), await stage.new_key(other)

    path = f"/projects/{stage.project.id}/{CHECK}"
    answers = [await stage.ask("POST", path, {}, key=key) for key in (viewer, theirs, "")]

    assert [403, 403, 401] == [answer.status_code for answer in answers]


async def test_a_project_that_is_not_there_is_not_found(stage):
    assert 404 == (await stage.ask("POST", f"/projects/none/{CHECK}", {})).status_code
