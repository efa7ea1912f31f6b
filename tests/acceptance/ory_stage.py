"""Ory's official Python clients, unmodified, pointed at one installation, and the letters that came in between."""

import json
import re
import socket
import time
from types import ModuleType, SimpleNamespace
from typing import Any
from uuid import UUID
from zlib import crc32

import httpx
import pytest

from acceptance.conftest import Headwater

PASSWORD = "correct horse battery"
LETTER_SECONDS = 20.0
VISIT_SECONDS = 20.0
# These tests make hundreds of passwords, and are about none of their hashes.
QUICK_HASH = {"memory": "8MB", "iterations": 1, "parallelism": 1}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def address(test: Any, who: str = "ada") -> str:
    """Return an address nobody has but this test."""
    return f"{who}{crc32(test.name.encode())}@example.com"


class Installation(Headwater):
    """A server with both doors to the admin API: its public port by key, and `admin` without one."""

    def __init__(self, data: Any, **environment: str) -> None:
        port = free_port()
        super().__init__(data, HEADWATER_ADMIN_LISTEN=f"127.0.0.1:{port}", **environment)
        self.admin = f"http://127.0.0.1:{port}"

    @classmethod
    def on_localhost(cls, data: Any) -> "Installation":
        """Return one that calls itself localhost, as apps on other ports of localhost must: cookies are a site's."""
        port = free_port()
        installation = cls(data, HEADWATER_PUBLIC_URL=f"http://localhost:{port}")
        installation._listen = f"127.0.0.1:{port}"
        return installation

    def start(self) -> None:
        super().start()
        self.configure("/hashers/argon2", QUICK_HASH)
        self.key = json.loads(self.cli("create", "key", "--role", "admin", "--format", "json").stdout)["key"]

    def configure(self, path: str, value: Any) -> None:
        """Set one value of the identity-config, whether it's there or not."""
        self.patch({"op": "add", "path": f"/services/identity/config{path}", "value": value})


class Letters:
    """The captured mail, read as Ory's courier API tells it."""

    def __init__(self, sdk: ModuleType, client: Any) -> None:
        self._api = sdk.CourierApi(client)

    def to(self, recipient: str) -> list[Any]:
        """Return what was sent to one address, newest first."""
        return self._api.list_courier_messages(recipient=recipient)

    def newest(self, recipient: str, kind: str, *, after: int = 0) -> Any:
        """Return the newest letter of a kind once there are more than `after` of them."""
        deadline = time.monotonic() + LETTER_SECONDS
        while True:
            letters = [letter for letter in self.to(recipient) if letter.template_type == kind]
            if len(letters) > after:
                return letters[0]
            if time.monotonic() > deadline:
                pytest.fail(f"No {kind} came to {recipient}. What did: {self.to(recipient)}")

    def code(self, recipient: str, kind: str, *, after: int = 0) -> str:
        found = re.search(r"(?<!\d)\d{6}(?!\d)", self.newest(recipient, kind, after=after).body)
        assert found, "a letter without a code"
        return found[0]


class App:
    """A native app: tokens, no cookies. `ask("to_session", …)` makes that call of the frontend API.

    `proof` is what it says who it is with: a session token, once it has one.
    """

    ways = "native"

    def __init__(self, sdk: ModuleType, url: str) -> None:
        self.sdk = sdk
        self.client = sdk.ApiClient(sdk.Configuration(host=url))
        self._api = sdk.FrontendApi(self.client)
        self.proof: dict[str, str] = {}

    def begin(self, flow: str, **arguments: Any) -> Any:
        return self.ask(f"create_{self.ways}_{flow}_flow", **arguments)

    def ask(self, call: str, *given: Any, **arguments: Any) -> Any:
        return getattr(self._api, call)(*plain(given), **arguments)

    def refused(self, status: int, call: str, *given: Any, **arguments: Any) -> Any:
        """Make a call that must fail, and return its answer as the client's own model reads it."""
        with pytest.raises(self.sdk.ApiException) as caught:
            self.ask(call, *given, **arguments)
        assert status == caught.value.status, caught.value.body
        return caught.value.data or self._unread(caught.value)

    @staticmethod
    def _unread(error: Any) -> Any:
        """Return an error that the client has no model for, such as ory-client of errors with an `id`."""
        return json.loads(error.body, object_hook=lambda fields: SimpleNamespace(**fields))

    def submit(self, flow: str, flow_id: str, body: dict[str, Any], **arguments: Any) -> Any:
        return self.ask(f"update_{flow}_flow", flow_id, self.body(flow, body), **arguments)

    def sign_up(self, email: str, *, password: str = PASSWORD) -> Any:
        body = {"method": "password", "password": password, "traits": {"email": email}}
        answer = self.submit("registration", self.begin("registration").id, body)
        self._remember(answer)
        return answer

    def sign_in(self, email: str, *, password: str = PASSWORD) -> Any:
        answer = self.submit("login", self.begin("login").id, sign_in(email, password))
        self._remember(answer)
        return answer

    def visit(self, url: str) -> str:
        """Open an address outside of the app, in a browser that shares nothing with it; return where it leads."""
        return self._opened(url).headers["location"]

    @staticmethod
    def _opened(url: str, **headers: str) -> httpx.Response:
        answer = httpx.get(url, headers={"Accept": "text/html", **headers}, timeout=VISIT_SECONDS)
        assert answer.is_redirect, answer.text
        return answer

    def _remember(self, answer: Any) -> None:
        self.proof = {"x_session_token": answer.session_token}

    def body(self, flow: str, body: dict[str, Any]) -> Any:
        """Return the client's own model of a step: UpdateLoginFlowWithPasswordMethod for password."""
        step = f"Update{flow.title()}FlowWith{body['method'].title()}Method"
        wrapped = getattr(self.sdk, f"Update{flow.title()}FlowBody")
        return wrapped(getattr(self.sdk, step).from_dict(body))


class Browser(App):
    """A single-page app on the server side of a web page: the same calls with a cookie jar, and CSRF tokens."""

    ways = "browser"

    def __init__(self, sdk: ModuleType, url: str) -> None:
        super().__init__(sdk, url)
        self.jar: dict[str, str] = {}
        self._send = self.client.call_api
        self.client.call_api = self._call

    def ask(self, call: str, *given: Any, **arguments: Any) -> Any:
        return super().ask(call, *given, **arguments, _headers=self._cookies())

    def visit(self, url: str) -> str:
        """Open an address in the browser itself; return where it leads."""
        answer = self._opened(url, **self._cookies())
        self._keep(answer.headers.get_list("set-cookie"))
        return answer.headers["location"]

    def _cookies(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        return {"Cookie": cookies} if cookies else {}

    def _remember(self, answer: Any) -> None:
        assert answer.session_token is None, "a browser got a token that scripts can read"

    def _call(self, *given: Any, **arguments: Any) -> Any:
        """Send a call, and keep the answer's cookies: what the client itself tells of them is only the last one."""
        answer = self._send(*given, **arguments)
        self._keep(answer.getheaders().getlist("set-cookie"))
        return answer

    def _keep(self, cookies: list[str]) -> None:
        for cookie in cookies:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.jar[name] = value
            if not value:
                del self.jar[name]

    def submit(self, flow: str, flow_id: str, body: dict[str, Any], **arguments: Any) -> Any:
        token = csrf_token(self.ask(f"get_{flow}_flow", flow_id))
        return super().submit(flow, flow_id, {**body, "csrf_token": token}, **arguments)


def plain(given: tuple[Any, ...]) -> list[Any]:
    """Return arguments with ids as text: one of the clients answers ids that it doesn't take back."""
    return [str(one) if isinstance(one, UUID) else one for one in given]


def sign_in(email: str, password: str = PASSWORD) -> dict[str, Any]:
    return {"method": "password", "identifier": email, "password": password}


def submission(app: App, flow: str, flow_id: str, body: dict[str, Any]) -> tuple[Any, ...]:
    """Return the call that submits a step, and its arguments: for `App.refused`."""
    if app.ways == Browser.ways:
        body = {**body, "csrf_token": csrf_token(app.ask(f"get_{flow}_flow", flow_id))}
    return f"update_{flow}_flow", flow_id, app.body(flow, body)


def csrf_token(flow: Any) -> str:
    return next(value for name, value in fields(flow).items() if name == "csrf_token")


def fields(flow: Any) -> dict[str, Any]:
    """Return the inputs of a flow by name; of buttons, the last one's value."""
    inputs = [node.attributes.actual_instance for node in flow.ui.nodes if node.type == "input"]
    return {attributes.name: attributes.value for attributes in inputs}


def messages(flow: Any) -> list[int]:
    """Return the ids of what a flow says: for the whole form first, then its fields."""
    said = list(flow.ui.messages or [])
    for node in flow.ui.nodes:
        said += node.messages
    return [message.id for message in said]


def next_steps(answer: Any) -> list[str]:
    return [step.actual_instance.action for step in answer.continue_with or []]
