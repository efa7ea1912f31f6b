"""What cookies, links and nearness go by: the public URL and trusted proxies, never what a request says of itself."""

from contextlib import asynccontextmanager

import httpx
import pytest
from running_front import running

from fresh_database import put_fresh_core
from headwater.settings import load
from headwater.store.folder import DataFolder
from headwater.web.lifespan import Lifespan
from headwater.wiring import serve
from headwater.wiring.rooms import Rooms

URL = "http://127.0.0.1:4433"
PUBLIC_URL = "https://id.example.com"
SPOOFED = {
    "X-Forwarded-Host": "mallory.net",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Server": "mallory.net",
    "X-Forwarded-For": "127.0.0.1",
    "X-Original-Host": "mallory.net",
    "Forwarded": "host=mallory.net;proto=https;for=127.0.0.1",
}
JSON = {"Accept": "application/json"}
FLOW = "/self-service/registration/browser"


@asynccontextmanager
async def headwater(path, **settings):
    """The whole server in this process; gives a client of it and its local token."""
    folder = DataFolder(path / "data")
    folder.lock()
    put_fresh_core(folder.core_database)
    try:
        chosen = load({}, {"data": str(folder.path), **settings})
        async with Rooms(chosen, folder, url=URL, local_token="t", listener=("127.0.0.1", 4433)) as rooms:
            lifespan = Lifespan(rooms.app)
            await lifespan.startup()
            front = serve._front(rooms, "127.0.0.1", lifespan.state)
            async with running(front) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
                yield client
            await lifespan.shutdown()
    finally:
        folder.unlock()


@pytest.mark.parametrize("trusted", ["", "127.0.0.1"], ids=["anybody", "a trusted proxy"])
@pytest.mark.parametrize("public_url", ["", PUBLIC_URL], ids=["none", "https"])
async def test_links_and_cookies_follow_the_public_url_whatever_a_request_says(tmp_path, public_url, trusted):
    async with headwater(tmp_path, public_url=public_url, trusted_proxies=trusted) as client:
        for headers in (JSON, JSON | SPOOFED):
            answer = await client.get(FLOW, headers=headers)

            ours = public_url or URL
            flow = answer.json()
            assert 200 == answer.status_code
            assert flow["ui"]["action"].startswith(f"{ours}/self-service/registration?flow=")
            assert flow["request_url"].startswith(f"{ours}{FLOW}")
            assert "mallory" not in answer.text + str(answer.headers)
            cookies = answer.headers.get_list("set-cookie")
            assert cookies
            assert [bool(public_url)] * len(cookies) == ["secure" in cookie.lower() for cookie in cookies]


@pytest.mark.parametrize(
    "name", ["mallory.net", "mallory.net:443", "id.example.com.mallory.net", "id.example.com@mallory.net"]
)
async def test_a_host_that_is_not_ours_starts_no_flow(tmp_path, name):
    async with headwater(tmp_path, public_url=PUBLIC_URL) as client:
        answer = await client.get(FLOW, headers={**JSON, "Host": name})

        assert answer.status_code in (400, 421)
        assert "set-cookie" not in answer.headers


async def test_the_public_urls_name_and_ours_are_answered_with_the_public_url(tmp_path):
    async with headwater(tmp_path, public_url=PUBLIC_URL) as client:
        for name in ("id.example.com", "id.example.com:443", "127.0.0.1:4433"):
            flow = (await client.get(FLOW, headers={**JSON, "Host": name})).json()

            assert flow["ui"]["action"].startswith(f"{PUBLIC_URL}/")


async def test_a_flow_goes_on_under_any_of_our_names(tmp_path):
    """The anti-CSRF cookie is the public URL's, not the name's that was asked."""
    async with headwater(tmp_path, public_url=PUBLIC_URL) as client:
        answer = await client.get(FLOW, headers={**JSON, "Host": "id.example.com"})
        flow = answer.json()
        cookie = answer.headers["set-cookie"].partition(";")[0]
        csrf = next(node for node in flow["ui"]["nodes"] if node["attributes"].get("name") == "csrf_token")
        body = {
            "method": "password",
            "password": "correct horse battery",
            "traits": {"email": "ada@example.com"},
            "csrf_token": csrf["attributes"]["value"],
        }
        path = flow["ui"]["action"].removeprefix(PUBLIC_URL)

        assert 403 == (await client.post(path, json=body, headers=JSON)).status_code
        assert 200 == (await client.post(path, json=body, headers={**JSON, "Cookie": cookie})).status_code


@pytest.mark.parametrize(
    ("trusted", "forwarded_for", "status"),
    [
        ("", "198.51.100.7", 200),  # anybody may write it: the peer is what counts, and it is near
        ("127.0.0.1", "198.51.100.7", 403),
        ("127.0.0.1", "127.0.0.1, 198.51.100.7", 403),  # mallory writes the left one
        ("127.0.0.1", "::1, 198.51.100.7", 403),
        ("127.0.0.1", "198.51.100.7, 127.0.0.1", 403),
    ],
)
async def test_from_afar_nobody_comes_near_by_a_forged_address(tmp_path, trusted, forwarded_for, status):
    headers = {"Authorization": "Bearer t", "X-Forwarded-For": forwarded_for}
    async with headwater(tmp_path, trusted_proxies=trusted) as client:
        assert status == (await client.get("/api/status", headers=headers)).status_code
