"""A real `headwater emulate` in a process of its own, and what a test needs to talk to it over HTTP alone."""

import base64
import contextlib
import json
import subprocess
from typing import Any

import httpx

from conftest import HEADWATER, NO_AUTHORITIES, clean_environment

PASSWORD = "correct horse battery"
GUIDE = """function(ctx) {
  userId: ctx.identity.id,
  traits: { email: ctx.identity.traits.email },
}"""


class RunningEmulator:
    """One emulator. `url` and the rest of the line are attributes of `line`."""

    def __init__(self, *flags: str) -> None:
        self.process = subprocess.Popen(
            [*HEADWATER, "emulate", *flags],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=clean_environment(),
        )
        self.line: dict[str, Any] = json.loads(self.process.stdout.readline() or self.process.stderr.read())
        self._client = httpx.Client(base_url=self.line["url"], timeout=30, verify=NO_AUTHORITIES)

    def ask(self, method: str, path: str, body: Any = None, *, status: int = 200, **headers: str) -> Any:
        key = {"authorization": f"Bearer {self.line['admin_key']}"}
        answer = self._client.request(method, path, json=body, headers=key | headers)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def emulator(self, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        return self.ask(method, f"/emulator/{path}", body, status=status)

    def call(self, type_: str = "track", **event: Any) -> httpx.Response:
        message = {"userId": "u-1", **({"event": "Clicked"} if type_ == "track" else {}), **event}
        return self._client.post(f"/v1/{type_}", json=message, auth=(self.line["write_key"], ""))

    def destination(self, **wish: Any) -> str:
        settings = {"url": "https://hooks.example.com/in"}
        wanted = {"kind": "webhook", "name": "Hooks", "sources": ["app"], "settings": settings} | wish
        return self.ask("POST", "/api/destinations", wanted, status=201)["id"]

    def add_guides_action(self, url: str) -> None:
        """Add the Action of Ory's Segment guide, which calls `url`."""
        config = {
            "url": url,
            "method": "POST",
            "body": "base64://" + base64.b64encode(GUIDE.encode()).decode(),
            "auth": {"type": "basic_auth", "config": {"user": self.line["write_key"], "password": ""}},
        }
        path = "/services/identity/config/selfservice/flows/registration/after/hooks/0"
        operation = {"op": "add", "path": path, "value": {"hook": "web_hook", "config": config}}
        self.ask("PATCH", f"/projects/{self.line['project']}", [operation])

    def register(self, email: str) -> httpx.Response:
        flow = self._client.get("/self-service/registration/api").json()
        body = {"method": "password", "password": PASSWORD, "traits": {"email": email}}
        return self._client.post(flow["ui"]["action"], json=body)

    def login(self, email: str, password: str = PASSWORD) -> httpx.Response:
        flow = self._client.get("/self-service/login/api").json()
        body = {"method": "password", "password": password, "identifier": email}
        return self._client.post(flow["ui"]["action"], json=body)

    def whoami(self, token: str) -> int:
        return self._client.get("/sessions/whoami", headers={"x-session-token": token}).status_code

    def wait_until_back(self) -> dict[str, Any]:
        """Return what a restarted server says of itself."""
        before = self.line["pid"]
        while True:
            with contextlib.suppress(httpx.TransportError):
                info: dict[str, Any] = self.emulator("GET", "info")
                if info["pid"] != before:
                    self.line |= info
                    return info

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(15)
        self.let_go()

    def let_go(self) -> None:
        """Close what leads to one that has ended."""
        self._client.close()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()
