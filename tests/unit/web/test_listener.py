"""Doors: an address nobody holds, a socket of the dead removed, of the living never, and an end in good time."""

import asyncio
import socket
import stat

import httpx
import pytest
from running_front import a_front

from headwater.core.clock import SystemClock
from headwater.web import listener
from headwater.web.listener import Listener, Place, PortTakenError


def test_a_port_that_somebody_holds_is_refused_with_the_flag_that_chooses_another():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]

        with pytest.raises(PortTakenError, match=rf"127\.0\.0\.1:{port}.*--admin-listen"):
            listener.free_port("127.0.0.1", port, flag="--admin-listen")


def test_a_dead_servers_socket_makes_room(tmp_path):
    path = tmp_path / "a.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))

    assert path == listener.free_socket(path, flag="--admin-listen")
    assert not path.exists()


def test_a_living_servers_socket_stays(tmp_path):
    path = tmp_path / "a.sock"
    with socket.socket(socket.AF_UNIX) as living:
        living.bind(str(path))
        living.listen()

        with pytest.raises(PortTakenError, match="somebody listens"):
            listener.free_socket(path, flag="--admin-listen")
        assert path.is_socket()


def test_a_file_is_never_removed_for_a_socket_nor_what_a_link_leads_to(tmp_path):
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_text("Ada's notes")
    link.symlink_to(file)

    for path in (file, link):
        with pytest.raises(PortTakenError, match="no socket"):
            listener.free_socket(path, flag="--admin-listen")
    assert "Ada's notes" == file.read_text()


@pytest.mark.parametrize(
    ("name", "reason"), [("no/such/a.sock", "no folder"), ("x" * 120, "at most")], ids=["folder", "length"]
)
def test_a_path_that_cannot_hold_a_socket_is_refused_in_words(tmp_path, name, reason):
    with pytest.raises(PortTakenError, match=reason):
        listener.free_socket(tmp_path / name, flag="--admin-listen")


async def test_a_socket_is_its_owners_alone_and_goes_with_its_server(tmp_path):
    path = tmp_path / "a.sock"
    door = Listener(a_front(is_tracking=lambda _path, _method: False), Place(socket_path=path), clock=SystemClock())
    async with asyncio.TaskGroup() as tasks:
        await door.open(tasks)
        mode = stat.S_IMODE(path.stat().st_mode)
        transport = httpx.AsyncHTTPTransport(uds=str(path))
        async with httpx.AsyncClient(transport=transport) as client:
            answer = await client.get("http://localhost/")
        await door.close()

    assert (204, 0o600) == (answer.status_code, mode)
    assert not path.exists()


@pytest.mark.parametrize(
    ("place", "url"),
    [
        (Place(address="127.0.0.1", port=1), "http://127.0.0.1:1"),
        (Place(address="::1", port=1), "http://[::1]:1"),
    ],
    ids=["v4", "v6"],
)
def test_a_place_tells_its_address(place, url):
    assert url == place.url
