"""A single-page app with Ory's own forms, bundled once and served on a port of its own; it signs people in at ours."""

import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from acceptance.programs import need_npm_clients

FILES = {"/app.js": "text/javascript", "/app.css": "text/css"}
PRODUCTION = '--define:process.env.NODE_ENV="production"'
PAGE = """<!doctype html>
<html lang="en" data-ory="{ory}">
<meta charset="utf-8">
<title>Ada's shop</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/app.css">
<div id="root"></div>
<script src="/app.js"></script>
</html>
"""


def bundle(folder: Path) -> None:
    """Make app.js and app.css of the app and everything it imports."""
    node, clients = need_npm_clients()
    given = [
        str(clients / "elements_app.jsx"),
        f"--outfile={folder / 'app.js'}",
        "--bundle",
        "--jsx=automatic",
        PRODUCTION,
    ]
    subprocess.run(
        [node, str(clients / "node_modules/esbuild/bin/esbuild"), *given, "--log-level=warning"], check=True, timeout=60
    )


class ElementsApp:
    """Serves the bundle's page at every path of http://localhost:PORT. `ory` is where its forms send people."""

    def __init__(self, folder: Path) -> None:
        self.ory = ""
        app = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                kind = FILES.get(self.path)
                body = (folder / self.path[1:]).read_bytes() if kind else app.page()
                self.send_response(200)
                self.send_header("content-type", f"{kind or 'text/html'}; charset=utf-8")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def page(self) -> bytes:
        return PAGE.format(ory=self.ory).encode()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
