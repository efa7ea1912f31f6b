"""`headwater proxy` refuses what can't work in one line, before it listens."""

import socket

import pytest

from headwater.cli.app import run
from headwater.web.one_origin import pages


def proxy(capsys, *arguments, **environ):
    code = run(["proxy", *arguments], environ=environ)
    out, err = capsys.readouterr()
    assert "" == out
    return code, err


@pytest.mark.parametrize(
    "app",
    [
        "localhost:3000",
        "3000",
        "ftp://localhost",
        "http://",
        "http://localhost:0",
        "http://localhost:99999",
        "http://localhost:3000/app",
        "http://localhost:3000?x=1",
        "http://ada:secret@localhost:3000",
    ],
)
def test_an_app_that_is_no_origin_is_refused_with_an_example(capsys, app, tmp_path):
    code, err = proxy(capsys, app, "--data", str(tmp_path / "none"), "--url", "http://localhost:1")

    assert (2, 1) == (code, err.count("\n"))
    assert "http://localhost:3000" in err


@pytest.mark.parametrize(
    ("app", "url"),
    [
        ("http://localhost:4000", "http://localhost:4433"),
        ("http://[::1]:4000", "http://localhost:4433"),
        ("http://localhost:3000", "http://127.0.0.1:4000"),
    ],
)
def test_a_proxy_of_itself_is_refused(capsys, app, url, tmp_path):
    code, err = proxy(capsys, app, "--data", str(tmp_path / "none"), "--url", url)

    assert 2 == code
    assert "--port" in err


@pytest.mark.parametrize("port", ["-1", "65536"])
def test_a_port_that_is_none_is_refused(capsys, port):
    code, err = proxy(capsys, "http://localhost:3000", "--port", port, "--url", "http://localhost:1")

    assert 2 == code
    assert "0 to 65535" in err


def test_a_port_that_somebody_holds_is_named(capsys):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]

        code, err = proxy(capsys, "http://localhost:3000", "--port", str(port), "--url", "http://localhost:1")

    assert 1 == code
    assert f"127.0.0.1:{port}" in err
    assert "--port" in err


def test_without_an_app_it_says_what_is_missing(capsys):
    code, err = proxy(capsys)

    assert (2, 1) == (code, err.count("\n"))


def test_a_page_never_runs_what_it_is_told():
    reply = pages.refusal(502, code="c", title="<script>", message="<img onerror=x>'\"", accept="text/html")

    assert b"<script>" not in reply.body
    assert b"<img" not in reply.body
