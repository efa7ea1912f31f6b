"""A web site on an origin of its own, with Segment's official snippet in its page, and a visit to it by Chromium."""

import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

from acceptance.programs import need_npm_clients

TITLE = "Ada's shop"
# Beside the client, not in it: what a script on the page may read of a 429's Retry-After.
NOTE_REFUSALS = """
window.refusals = []
const ask = window.fetch
window.fetch = async (...given) => {
    const answer = await ask(...given)
    if (answer.status === 429) window.refusals.push(answer.headers.get('Retry-After'))
    return answer
}
"""


def snippet(host: str, write_key: str, load_options: dict[str, Any] | None = None) -> str:
    """Return what a customer pastes: the official snippet with our host as its CDN, and nothing else of ours.

    The snippet always says https; a laptop's server speaks http.
    """
    node, clients = need_npm_clients()
    options = {
        "apiKey": write_key,
        "host": host,
        "useHostForBundles": True,
        "page": False,
        "load": load_options or True,
    }
    script = subprocess.run(
        [node, str(clients / "snippet.cjs"), json.dumps(options)],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    ).stdout
    return script.replace(f'"https://{host}', f'"http://{host}')


class Website:
    """Serves one page at every path. `localhost` is another site than 127.0.0.1, so requests to us are cross-site."""

    def __init__(self) -> None:
        self.script = ""
        website = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page = website.page()
                self.send_response(200)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.send_header("content-length", str(len(page)))
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"localhost:{self._server.server_address[1]}"
        self.url = f"http://{self.host}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def page(self) -> bytes:
        icon = '<link rel="icon" href="data:,">'
        head = f"<meta charset=utf-8><title>{TITLE}</title>{icon}<script>{self.script}</script>"
        return f"<!doctype html><html><head>{head}</head><body></body></html>".encode()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Visit:
    """One person's visit, with cookies and storage of its own: whom the page asked, and what it complained of."""

    def __init__(self, browser: Browser, website: Website) -> None:
        self._website = website
        self._context = browser.new_context(locale="en-GB", timezone_id="Europe/London")
        self._context.add_init_script(NOTE_REFUSALS)
        self._page: Page = self._context.new_page()
        self._requests: list[str] = []
        self._complaints: list[str] = []
        self._page.on("request", lambda request: self._requests.append(request.url))
        self._page.on("pageerror", lambda error: self._complaints.append(str(error)))
        self._page.on("console", self._heard)

    def _heard(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self._complaints.append(message.text)

    def open(self, path: str = "/") -> None:
        """Open the page and wait until the client has loaded its settings and is itself."""
        self._page.goto(self._website.url + path)
        self._page.wait_for_function("window.analytics.initialized === true")

    def offline(self, *, is_offline: bool) -> None:
        self._context.set_offline(is_offline)

    def watch_the_clock(self) -> None:
        """Let `pass_seconds` turn the page's clock on; for the pages that are opened from now on."""
        self._page.clock.install()

    def pass_seconds(self, seconds: int) -> None:
        self._page.clock.fast_forward(seconds * 1000)

    def run(self, script: str) -> Any:
        return self._page.evaluate(script)

    def _catch_up(self) -> None:
        """Hear what happened while the test waited elsewhere: Playwright tells only while it is being talked to."""
        self.run("() => true")

    def complaints(self) -> list[str]:
        self._catch_up()
        return self._complaints

    def paths_at(self, host: str) -> list[str]:
        """Return the paths that the page asked of one host."""
        self._catch_up()
        return [urlsplit(url).path for url in self._requests if urlsplit(url).netloc == host]

    def hosts(self) -> set[str]:
        self._catch_up()
        return {urlsplit(url).netloc for url in self._requests if urlsplit(url).scheme != "data"}

    def close(self) -> None:
        self._context.close()
