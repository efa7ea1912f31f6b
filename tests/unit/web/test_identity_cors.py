"""CORS around a real app behind a real front: which paths, which answers, and whose."""

import httpx
import pytest
from running_front import a_front, running
from test_cors_rules import Policy

from headwater.core.errors import UnavailableError
from headwater.web.cors import Cors

ADAS = {"Origin": "https://app.example.org"}
MALLORYS = {"Origin": "https://mallory.net"}


async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 422, "headers": [(b"x-method", scope["method"].encode())]})
    await send({"type": "http.response.body", "body": b"from the app"})


async def policy():
    return Policy(max_age_seconds=60)


@pytest.fixture
async def ask():
    front = a_front(app=Cors(app, policy=policy, is_for_developers=False), is_tracking=lambda _path, _method: False)
    async with running(front) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        yield client.request


@pytest.mark.parametrize(
    "path",
    [
        "/self-service/login/browser",
        "/sessions/whoami",
        "/schemas",
        "/schemas/default",
        "/.well-known/ory/webauthn.js",
        "/health/ready",
    ],
)
async def test_adas_page_may_read_the_public_api_its_errors_too(ask, path):
    answer = await ask("GET", path, headers=ADAS)

    assert (422, "from the app") == (answer.status_code, answer.text)
    assert ADAS["Origin"] == answer.headers["access-control-allow-origin"]
    assert "true" == answer.headers["access-control-allow-credentials"]


@pytest.mark.parametrize(
    "path", ["/", "/admin/identities", "/api/status", "/console", "/projects", "/ui/login", "/sessionsx", "//sessions"]
)
async def test_no_page_of_another_origin_may_read_anything_else(ask, path):
    answer = await ask("GET", path, headers=ADAS)

    assert [] == [name for name in answer.headers if name.startswith("access-control-")]


async def test_mallorys_page_may_read_nothing_and_no_cache_mixes_the_two_up(ask):
    for headers in (MALLORYS, {}):
        answer = await ask("GET", "/sessions/whoami", headers=headers)

        assert [] == [name for name in answer.headers if name.startswith("access-control-")]
        assert "Origin" in answer.headers["vary"]


async def test_a_preflight_is_answered_before_the_app_hears_of_it(ask):
    headers = {**ADAS, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}

    answer = await ask("OPTIONS", "/self-service/login", headers=headers)

    assert (204, b"") == (answer.status_code, answer.content)
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "60" == answer.headers["access-control-max-age"]


async def test_mallorys_preflight_gets_nothing(ask):
    answer = await ask("OPTIONS", "/self-service/login", headers={**MALLORYS, "Access-Control-Request-Method": "POST"})

    assert 204 == answer.status_code
    assert [] == [name for name in answer.headers if name.startswith("access-control-")]


async def test_options_without_a_question_is_the_apps(ask):
    assert "OPTIONS" == (await ask("OPTIONS", "/self-service/login", headers=ADAS)).headers["x-method"]


async def test_while_nobody_knows_the_policy_the_app_answers_and_no_page_reads_it():
    async def unknown():
        raise UnavailableError

    front = a_front(app=Cors(app, policy=unknown, is_for_developers=True), is_tracking=lambda _path, _method: False)
    async with running(front) as port, httpx.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{port}/sessions/whoami", headers=ADAS)

    assert (422, False) == (answer.status_code, "access-control-allow-origin" in answer.headers)
