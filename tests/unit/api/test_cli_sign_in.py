"""Where the ory CLI goes without a key: it is told which key to set, and nobody is sent anywhere else."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from headwater.api import app, cli_sign_in


@pytest.fixture
async def browser():
    """A browser without cookies or keys, at the server."""

    async def nobody(_token):
        return None

    built = app.build([cli_sign_in.routes()], authenticate=nobody, expose_admin=False)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(built, client=("192.0.2.7", 1)), base_url="http://project.localhost"
    ) as client:
        yield client


async def test_the_waiting_cli_gets_its_answer_with_its_own_state(browser):
    answer = await browser.get(
        "/oauth2/auth", params={"client_id": "ory-cli", "redirect_uri": "http://127.0.0.1:5/callback", "state": "s&t"}
    )

    place = urlsplit(answer.headers["location"])
    said = parse_qs(place.query)
    assert (302, "127.0.0.1:5", "/callback") == (answer.status_code, place.netloc, place.path)
    assert (["access_denied"], ["s&t"]) == (said["error"], said["state"])
    assert "ORY_WORKSPACE_API_KEY" in said["error_description"][0]


@pytest.mark.parametrize(
    "elsewhere",
    [
        "",
        "https://mallory.test/callback",
        "http://127.0.0.1:5/callback/../login",
        "http://127.0.0.1:5/callback?x=1",
        "http://127.0.0.1.mallory.test:5/callback",
        "http://127.0.0.1:5@mallory.test/callback",
        "http://127.0.0.1:5/callback\n",
    ],
)
async def test_mallory_can_not_have_people_sent_anywhere_else(browser, elsewhere):
    answer = await browser.get("/oauth2/auth", params={"redirect_uri": elsewhere})

    assert 403 == answer.status_code
    assert "location" not in answer.headers
    assert "ORY_WORKSPACE_API_KEY" in answer.text


async def test_the_page_the_cli_shows_then_says_the_same(browser):
    answer = await browser.get("/error", params={"error": "<script>", "error_description": "<script>"})

    assert 403 == answer.status_code
    assert "ORY_WORKSPACE_API_KEY" in answer.text
    assert "script" not in answer.text
