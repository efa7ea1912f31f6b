"""The keyless admin door: which paths it knows, and who is turned away before the application hears of them."""

import httpx
import pytest
from litestar import Litestar, Request, get
from litestar.datastructures import State
from running_front import a_front, dial, running

from headwater.core.errors import SettingsError
from headwater.settings import Listen, load
from headwater.web import access, admin_gate, problems


@pytest.mark.parametrize(
    ("asked", "inner"),
    [
        ("/admin/identities", "/admin/identities"),
        ("/identities", "/admin/identities"),
        ("/identities/", "/admin/identities/"),
        ("/identities/1/credentials/password", "/admin/identities/1/credentials/password"),
        ("/sessions/1", "/admin/sessions/1"),
        ("/admin/recovery/code", "/admin/recovery/code"),
        ("/courier/messages", "/admin/courier/messages"),
        ("/admin/schemas/default", "/schemas/default"),
        ("/schemas", "/schemas"),
        ("/admin/health/ready", "/health/ready"),
        ("/health/alive", "/health/alive"),
        ("/version", "/version"),
        ("/metrics/prometheus", "/metrics/prometheus"),
        ("/admin/metrics/prometheus", "/metrics/prometheus"),
    ],
)
def test_knows_what_kratoss_admin_port_knows_with_the_prefix_and_without(asked, inner):
    assert inner == admin_gate.inner_path(asked)


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "/",
        "*",
        "/admin",
        "/admin/",
        "/adminidentities",
        "/admin/admin/identities",
        "/api/status",
        "/admin/api/status",
        "/console",
        "/v1/track",
        "/projects",
        "/workspaces",
        "/self-service/login/api",
        "/admin/self-service/login/api",
        "/ui/login",
        "/.well-known/ory",
        "/health",
        "/health/../api/status",
        "/schemas/../api/status",
        "/admin/../api/status",
        "/admin/identities/../../api/status",
        "/admin//identities",
        "//api/status",
        "/identities/./1",
    ],
)
def test_knows_nothing_else_and_nothing_that_climbs(asked):
    assert admin_gate.inner_path(asked) is None


def an_app(authenticate=None) -> Litestar:
    @get("/admin/identities", guards=[access.needs("identities.write")])
    async def identities(request: Request) -> str:
        return request.scope["state"]["principal"].key_id

    @get("/admin/identities/keys", guards=[access.needs("keys.read")])
    async def keys() -> str:
        return "keys"

    async def nobody(token):
        return None

    return Litestar(
        [identities, keys],
        exception_handlers=problems.HANDLERS,
        state=State({"authenticate": authenticate or nobody, "expose_admin": False}),
        openapi_config=None,
        logging_config=None,
    )


@pytest.fixture
async def ask():
    front = admin_gate.front(an_app(), app_state={}, is_socket=False)
    async with running(front) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        yield client.request


async def test_asks_for_no_key_and_minds_none(ask):
    for headers in ({}, {"Authorization": "Bearer not-a-key"}):
        answer = await ask("GET", "/identities", headers=headers)

        assert (200, "admin-listen") == (answer.status_code, answer.text)


async def test_lets_in_for_people_only_whatever_the_routes_are(ask):
    answer = await ask("GET", "/identities/keys")

    assert 403 == answer.status_code
    assert "keys.read" in answer.text


@pytest.mark.parametrize("origin", ["https://mallory.net", "http://localhost:3000", "http://127.0.0.1:4434", "null"])
async def test_a_web_page_gets_nothing_not_even_one_of_this_machine(ask, origin):
    answer = await ask("GET", "/identities", headers={"Origin": origin})

    assert 403 == answer.status_code
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(("site", "status"), [("cross-site", 403), ("same-site", 403), ("none", 200)])
async def test_an_image_of_mallorys_page_is_a_web_pages_call_too(ask, site, status):
    assert status == (await ask("GET", "/identities", headers={"Sec-Fetch-Site": site})).status_code


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:4434", 200),
        ("LOCALHOST", 200),
        ("127.0.0.1:4434", 200),
        ("127.9.9.9", 200),
        ("[::1]:4434", 200),
        ("mallory.net", 421),
        ("mallory.net:4434", 421),
        ("localhost.mallory.net", 421),
        ("api.localhost", 421),
        ("10.0.0.1", 421),
        ("0.0.0.0", 421),
        ("localhost@mallory.net", 400),
    ],
)
async def test_dns_rebinding_is_told_by_the_host(ask, host, status):
    assert status == (await ask("GET", "/identities", headers={"Host": host})).status_code


async def test_an_absolute_address_is_judged_by_its_own_name():
    async with running(admin_gate.front(an_app(), app_state={}, is_socket=False)) as port, dial(port) as line:
        await line.say(b"GET http://mallory.net/identities HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")

        assert (await line.rest()).startswith(b"HTTP/1.1 421")


async def test_nobody_can_send_what_a_listener_says():
    """On the public port the same names in headers and query admit nobody."""
    async with running_public() as port, httpx.AsyncClient() as client:
        answer = await client.get(
            f"http://127.0.0.1:{port}/admin/identities?{access.ADMITTED}=admin",
            headers={access.ADMITTED.replace("_", "-"): "admin", "state": access.ADMITTED},
        )

    assert 401 == answer.status_code


def running_public():
    return running(a_front(app=an_app(), is_tracking=lambda _path, _method: False))


@pytest.mark.parametrize(
    "place",
    [
        "0.0.0.0:4434",
        "[::]:4434",
        ":4434x",
        "4434",
        "10.0.0.5:4434",
        "192.168.1.1:4434",
        "[fe80::1]:4434",
        "id.example.com:4434",
        "localhost.mallory.net:4434",
        "unix:",
        "127.0.0.1:70000",
    ],
)
def test_opens_on_this_machine_only_and_says_so(place):
    with pytest.raises(SettingsError, match="HEADWATER_ADMIN_LISTEN is"):
        load({"HEADWATER_ADMIN_LISTEN": place})


def test_is_off_unless_asked_for_and_needs_the_people_it_is_about(tmp_path):
    assert load({}).admin_listen is None
    assert Listen("127.0.0.1", 4434) == load({"HEADWATER_ADMIN_LISTEN": "127.0.0.1:4434"}).admin_listen
    assert Listen("::1", 0) == load({"HEADWATER_ADMIN_LISTEN": "[::1]:0"}).admin_listen
    assert tmp_path / "a.sock" == load({"HEADWATER_ADMIN_LISTEN": f"unix:{tmp_path}/a.sock"}).admin_listen
    with pytest.raises(SettingsError, match="identity role"):
        load({"HEADWATER_ADMIN_LISTEN": "127.0.0.1:4434", "HEADWATER_ROLES": "collect"})
