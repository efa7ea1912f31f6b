"""`--admin-listen`: stock Kratos clients administer people without a key, from this machine only."""

import signal
import socket
import subprocess
from contextlib import closing
from urllib.parse import urlsplit

import httpx
import ory_kratos_client as kratos
import pytest

from acceptance.conftest import HEADWATER, Headwater, clean_environment


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    """A server with a keyless door on a port; `admin` is where."""
    port = free_port()
    with closing(
        Headwater(tmp_path_factory.mktemp("admin") / "data", HEADWATER_ADMIN_LISTEN=f"127.0.0.1:{port}")
    ) as running:
        running.start()
        running.admin = f"http://127.0.0.1:{port}"
        yield running


def test_the_official_client_finds_and_deletes_people_without_a_key(installation):
    ada = installation.register("ada@example.com")["identity"]["id"]
    with kratos.ApiClient(kratos.Configuration(host=installation.admin)) as client:
        api = kratos.IdentityApi(client)

        assert ada in [one.id for one in api.list_identities()]
        assert {"email": "ada@example.com"} == api.get_identity(ada).traits
        api.delete_identity(ada)
        assert ada not in [one.id for one in api.list_identities()]


def test_the_official_client_sees_that_the_server_is_there(installation):
    with kratos.ApiClient(kratos.Configuration(host=installation.admin)) as client:
        api = kratos.MetadataApi(client)

        assert "ok" == api.is_alive().status
        assert "ok" == api.is_ready().status
        assert api.get_version().version


@pytest.mark.parametrize("where", ["url", "admin"])
@pytest.mark.parametrize(
    ("path", "keys"), [("/health/alive", ["status"]), ("/health/ready", ["status"]), ("/version", ["version"])]
)
def test_health_and_version_look_like_kratoss_on_both_doors(installation, where, path, keys):
    answer = httpx.get(getattr(installation, where) + path)

    assert (200, keys) == (answer.status_code, list(answer.json()))


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api/status",
        "/api/keys",
        "/projects",
        "/console",
        "/self-service/registration/api",
        "/.well-known/ory",
        "/ui/login",
        "/v1/projects/key/settings",
        "/admin/../api/status",
        "/admin/%2e%2e/api/status",
        "/health/..%2fapi/keys",
    ],
)
def test_nothing_else_is_behind_the_keyless_door(installation, path):
    host, port = installation.admin.removeprefix("http://").split(":")
    # By hand: clients resolve dots before they ask.
    with socket.create_connection((host, int(port))) as line:
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: line.recv(65536), b""))

    assert answer.startswith(b"HTTP/1.1 404"), answer


def test_events_are_not_taken_at_the_keyless_door(installation):
    key = installation.source("door")
    event = {"userId": "ada", "event": "e", "writeKey": key}

    assert 404 == httpx.post(f"{installation.admin}/v1/track", json=event).status_code


def test_the_public_port_still_asks_for_a_key(installation):
    assert 401 == httpx.get(f"{installation.url}/admin/identities").status_code


def test_a_web_page_and_a_rebound_name_get_nothing(installation):
    listing = f"{installation.admin}/admin/identities"

    assert 403 == httpx.get(listing, headers={"Origin": "http://localhost:3000"}).status_code
    assert 421 == httpx.get(listing, headers={"Host": "mallory.net"}).status_code


def test_no_action_can_be_pointed_at_the_keyless_door(installation):
    """Whoever may write hooks would be an administrator of everybody: the outbound policy knows this door, too."""
    hooks = "/services/identity/config/selfservice/flows/registration/after/password/hooks/0"
    # A call that the door would answer with 200, so that only the policy can fail it.
    installation.add_hook(
        {"url": f"{installation.admin}/version", "method": "GET", "body": "base64://e30="},
        "registration/after/password",
    )
    try:
        installation.register("grace@example.com", status=502)
    finally:
        installation.patch({"op": "remove", "path": hooks})


def test_a_unix_socket_serves_its_owner_even_after_a_kill(tmp_path):
    path = tmp_path / "admin.sock"
    with closing(Headwater(tmp_path / "data", HEADWATER_ADMIN_LISTEN=f"unix:{path}")) as running:
        running.start()
        running.kill()
        assert path.is_socket()  # a killed server leaves it
        running.start()
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), base_url="http://kratos-admin") as client:
            assert [] == client.get("/identities").json()
            assert 404 == client.get("/api/status").status_code
        assert 0o600 == path.stat().st_mode & 0o777
        assert 0 == running.stop()
    assert not path.exists()


@pytest.mark.parametrize("place", ["0.0.0.0:4434", "same"])
def test_a_door_that_others_could_reach_is_refused_at_start_in_one_line(tmp_path, place):
    port = free_port()
    done = subprocess.run(
        [*HEADWATER, "serve", "--data", str(tmp_path / "data"), "--listen", f"127.0.0.1:{port}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        env=clean_environment() | {"HEADWATER_ADMIN_LISTEN": f"127.0.0.1:{port}" if place == "same" else place},
    )

    assert (2, 1) == (done.returncode, done.stderr.count("\n")), done.stderr
    assert ("--admin-listen and --listen" if place == "same" else "loopback address") in done.stderr


def test_the_start_says_where_the_keyless_door_is_and_how_wide_it_opens(tmp_path):
    process = subprocess.Popen(
        [*HEADWATER, "serve", "--data", str(tmp_path / "data"), "--listen", "127.0.0.1:0"],
        stdout=subprocess.PIPE,
        text=True,
        env=clean_environment() | {"HEADWATER_ADMIN_LISTEN": "127.0.0.1:0"},
    )
    lines = iter(process.stdout.readline, "")
    said = next(line for line in lines if "admin API" in line)
    url = urlsplit(said.split()[2])
    answer = httpx.get(url.geturl() + "/identities")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=15)

    assert "without a key" in said
    assert (200, 0) == (answer.status_code, process.returncode)
