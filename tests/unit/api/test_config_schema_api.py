"""The schema of the identity-config over HTTP, and what it refuses changes nothing."""

import time

import httpx
import jsonschema_rs
import pytest
from console_stage import CONFIG, LIFESPAN, Stage, put, reason

from headwater.api import app, config_schema
from headwater.identity.config.defaults import default_document
from headwater.identity.config_schema import check as schema
from headwater.web.access import Principal

PATH = "/api/identity-config.schema.json"


@pytest.fixture
async def stage(tmp_path):
    async with Stage(tmp_path) as stage:

        async def check(document):
            schema.check(document)
            return []

        stage.check = check
        yield stage


@pytest.fixture
def client():
    async def authenticate(token):
        return Principal(key_id="k", role=token, project_id="p") if token == "viewer" else None

    served = app.build([config_schema.routes()], authenticate=authenticate, expose_admin=False)
    return httpx.AsyncClient(transport=httpx.ASGITransport(served, client=("127.0.0.1", 1)), base_url="http://h")


async def test_it_is_a_schema_that_any_validator_takes_and_a_new_project_fits(client):
    answer = await client.get(PATH, headers={"Authorization": "Bearer viewer"})

    document = answer.json()
    assert 200 == answer.status_code
    assert jsonschema_rs.meta.is_valid(document)
    assert jsonschema_rs.is_valid(document, default_document())
    assert not jsonschema_rs.is_valid(document, {**default_document(), "selfservce": {}})
    assert {"identity-config": "https://json-schema.org/draft/2020-12/schema"} == {
        document["title"]: document["$schema"]
    }


async def test_mallory_without_a_key_is_told_nothing(client):
    assert 401 == (await client.get(PATH)).status_code


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        (put(f"{CONFIG}/selfservce", {}), "/selfservce"),
        (put(f"{CONFIG}/session/lifespan", "1 hour"), "/session/lifespan"),
        ({"op": "remove", "path": f"{CONFIG}/identity/schemas"}, "/identity/schemas"),
        (put(CONFIG, {}), "/identity"),
    ],
)
async def test_a_patch_that_fits_no_schema_is_refused_with_its_place_and_changes_nothing(stage, operation, path):
    before = await stage.shown()

    answer = await stage.patched(put(LIFESPAN, "2h"), operation)

    assert 400 == answer.status_code
    assert reason(answer).startswith(path)
    assert path == answer.json()["error"]["details"]["path"]
    assert before == await stage.shown()


async def test_a_key_that_an_older_release_let_in_is_named_and_goes_in_the_same_patch(stage):
    refusing, stage.check = stage.check, taking
    assert 200 == (await stage.patched(put(f"{CONFIG}/session/lifespn", "1h"))).status_code
    stage.check = refusing

    named = await stage.patched(put(LIFESPAN, "2h"))
    gone = await stage.patched(put(LIFESPAN, "2h"), {"op": "remove", "path": f"{CONFIG}/session/lifespn"})

    assert "Did you mean 'lifespan'?" in reason(named)
    assert 200 == gone.status_code


async def taking(_document):
    return []


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b'[{"op":"add","path":"/x","value":"' + b"x" * 10_000_000 + b'"}]', 413, "larger than 10000000 bytes"),
        (b'[{"op":"add","path":"/x","value":"' + b"x" * 9_000_000 + b'"}]', 400, "more than 8000000 characters"),
        (b'[{"op":"add","path":"/x","value":' + b"[" * 100_000 + b"]" * 100_000 + b"}]", 400, "nested too deeply"),
        (b'[{"op":"add","path":"/x","value":' + b"[" * 63 + b"]" * 63 + b"}]", 400, "deeper than 64 levels"),
    ],
    ids=["10 MB", "9 MB", "deep", "a little deep"],
)
async def test_a_config_of_megabytes_or_a_thousand_levels_is_refused_in_a_line(stage, body, status, words):
    headers = {"authorization": f"Bearer {stage.admin}", "content-type": "application/json"}

    begun = time.process_time()
    answer = await stage.client.patch(f"/projects/{stage.project.id}", content=body, headers=headers)

    assert status == answer.status_code
    assert words in reason(answer)
    assert time.process_time() - begun < 1
