"""The stage with the doors of login, logout and sessions, and what people do at them."""

import json
from typing import Any

import httpx
from identity_stage import ADA, AS_JSON, PASSWORD, PERSON, Stage, base64_url, csrf_token

from headwater.identity import room
from headwater.identity.ground import Ground

AS_PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def no_verification(*_: Any, **__: Any) -> None:
    """Open nothing."""


class LoginStage(Stage):
    """Lets a test say what verification does, and what a person could prove beyond a password."""

    verification: Any = staticmethod(no_verification)

    async def open(self) -> "LoginStage":
        built = room.build
        try:
            room.build = self._build
            await super().open()
        finally:
            room.build = built
        return self

    def _build(self, ground: Ground) -> room.Room:
        builder = room.Builder(ground)
        builder.open_verification = self.open_verification
        self.assurance = builder.assurance
        self.whoami = builder.whoami
        return builder.build()

    async def open_verification(self, *arguments: Any, **more: Any) -> Any:
        return await self.verification(*arguments, **more)


WRONG = "not her password"
REMOTE = "203.0.113.7"


def with_codes(whole: dict[str, Any]) -> None:
    """Let people sign in with a code sent to their e-mail address, too."""
    person = json.loads(json.dumps(PERSON))
    email = person["properties"]["traits"]["properties"]["email"]
    email["ory.sh/kratos"]["credentials"]["code"] = {"identifier": True, "via": "email"}
    whole["identity"]["schemas"][0]["url"] = base64_url(person)
    whole["selfservice"]["methods"]["code"] = {"enabled": True, "passwordless_enabled": True}


def with_identifier_first(whole: dict[str, Any]) -> None:
    whole["selfservice"]["flows"].setdefault("login", {})["style"] = "identifier_first"


def with_return_urls(whole: dict[str, Any]) -> None:
    whole["selfservice"]["allowed_return_urls"] = ["https://app.example.org"]


async def native(client: httpx.AsyncClient, query: str = "", **headers: str) -> dict[str, Any]:
    answer = await client.get(f"/self-service/login/api{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def in_app(client: httpx.AsyncClient, query: str = "") -> dict[str, Any]:
    """Begin as a single-page app does."""
    answer = await client.get(f"/self-service/login/browser{query}", headers=AS_JSON)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def send(client: httpx.AsyncClient, flow: dict[str, Any], body: dict[str, Any], **headers: str) -> httpx.Response:
    """Submit a flow as JSON, with its anti-CSRF token where it has one."""
    token = csrf_token(flow)
    whole = {**({"csrf_token": token} if token else {}), **body}
    return await client.post(f"/self-service/login?flow={flow['id']}", json=whole, headers={**AS_JSON, **headers})


async def post_form(client: httpx.AsyncClient, flow: dict[str, Any], body: dict[str, Any]) -> httpx.Response:
    """Submit a flow as a browser's form does."""
    whole = {"csrf_token": csrf_token(flow), **body}
    return await client.post(f"/self-service/login?flow={flow['id']}", data=whole, headers=AS_PAGE)


def password_of(identifier: str, password: str = PASSWORD) -> dict[str, Any]:
    return {"method": "password", "identifier": identifier, "password": password}


async def sign_in(client: httpx.AsyncClient, identifier: str = ADA["email"]) -> dict[str, Any]:
    """Sign a native app in and return the answer."""
    answer = await send(client, await native(client), password_of(identifier))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def whoami(client: httpx.AsyncClient, token: str | None = None) -> httpx.Response:
    return await client.get("/sessions/whoami", headers={"X-Session-Token": token} if token else {})


def layout(flow: dict[str, Any]) -> list[str]:
    """Return the form's nodes as group/type/name[=value], the anti-CSRF one left out: nobody sees where it stands."""
    found = []
    for item in flow["ui"]["nodes"]:
        inside = item["attributes"]
        if inside["name"] == "csrf_token":
            continue
        value = f"={inside['value']}" if inside["type"] == "submit" else ""
        found.append(f"{item['group']}/{inside['type']}/{inside['name']}{value}")
    return found
