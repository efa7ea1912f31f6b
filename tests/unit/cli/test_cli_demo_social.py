"""What the demo's step of social sign-in is played with. The step itself is played end to end elsewhere."""

import os
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from headwater.cli import demo_browser, demo_provider
from headwater.cli.demo_browser import Browser
from headwater.cli.demo_expectation import UnmetError
from headwater.cli.demo_provider import Provider
from headwater.cli.demo_screen import Screen
from headwater.core.clock import SystemClock

CLOCK = SystemClock()
ADA = {"sub": "ada", "email": "ada@example.org", "email_verified": True}
FLOW = {
    "ui": {
        "nodes": [
            {"type": "input", "attributes": {"name": "csrf_token", "type": "hidden", "value": "t0ken"}},
            {"type": "input", "attributes": {"name": "traits.email", "type": "email", "value": "ada@example.org"}},
            {"type": "input", "attributes": {"name": "traits.name", "type": "text"}},
            {"type": "input", "attributes": {"name": "traits.consent.newsletter", "type": "checkbox", "value": False}},
            {"type": "input", "attributes": {"name": "provider", "type": "submit", "value": "acme"}},
            {"type": "a", "attributes": {"href": "/", "id": "elsewhere"}},
        ]
    }
}


@contextmanager
def site():
    """A site that lets in whoever keeps a cookie and sends a form."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path == "/start":
                return self.answer(303, Location="/form?flow=f1", **{"Set-Cookie": "seen=yes"})
            return self.answer(200 if "seen=yes" in self.headers.get("cookie", "") else 403)

        def do_POST(self):
            sent = self.rfile.read(int(self.headers["content-length"]))
            return self.answer(303, Location="/in" if sent == b"name=Ada+L" else "/out/of/bounds?")

        def answer(self, status, **headers):
            body = b'{"path": "%s"}' % self.path.encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_browser_keeps_its_cookies_follows_redirects_and_sends_forms():
    with site() as url, Browser(url=url) as browser:
        browser.open("/start")
        where = browser.address
        flow = browser.flow("login")
        browser.send(f"{url}/form", {"name": "Ada L"})

        assert (f"{url}/form?flow=f1", f"{url}/in") == (where, browser.address)
        assert {"path": "/self-service/login/flows?id=f1"} == flow


def test_a_page_that_says_no_is_told_with_its_status_and_address():
    with site() as url, Browser(url=url) as browser, pytest.raises(UnmetError, match=rf"403 from {url}/in:"):
        browser.open("/in")


def test_a_site_that_is_down_is_told_by_its_address():
    with site() as url:
        pass
    with Browser(url=url) as browser, pytest.raises(UnmetError, match=rf"an answer from {url}/start"):
        browser.open("/start")


def test_a_form_carries_what_is_hidden_and_what_is_filled_in_but_presses_no_button():
    assert {"csrf_token": "t0ken"} == demo_browser.hidden_fields(FLOW)
    assert {"traits.email": "ada@example.org"} == demo_browser.filled_in(FLOW)


def new_provider(tmp_path, claims):
    return Provider(claims=claims, logger_file=tmp_path / "log", environ=os.environ, clock=CLOCK)


def test_a_provider_is_up_inside_and_down_outside_whatever_happens_in_between(tmp_path):
    provider = new_provider(tmp_path, ADA)
    address = f"{provider.issuer}/.well-known/openid-configuration"

    def in_between():
        with provider:
            assert provider.issuer == httpx.get(address, trust_env=False).json()["issuer"]
            raise InterruptedError

    with pytest.raises(InterruptedError):
        in_between()
    with pytest.raises(httpx.ConnectError):
        httpx.get(address, trust_env=False)


def test_a_provider_that_ends_at_once_is_not_waited_for(tmp_path):
    nameless = {"email": "ada@example.org"}

    with pytest.raises(UnmetError, match="it ended with exit code 1"), new_provider(tmp_path, nameless):
        pass


def test_what_is_not_installed_is_seen_without_importing_anything(monkeypatch):
    before = demo_provider.is_installed()
    monkeypatch.setattr(demo_provider, "MODULE", "a_provider_that_nobody_has")

    assert (True, False) == (before, demo_provider.is_installed())


def test_a_step_left_out_is_one_line_that_says_how_to_get_it(capsys):
    Screen(clock=CLOCK).left_out("Social sign-in", how=demo_provider.HOW_TO_GET_IT)

    (line,) = capsys.readouterr().out.strip().splitlines()
    assert line.startswith("Social sign-in: left out")
    assert line.endswith("pip install 'headwater[demo]'")
