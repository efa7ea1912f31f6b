"""The stage with the doors of login, logout and sessions, and what people do at them."""

import json
from typing import Any

import httpx
from identity_stage import ADA, AS_JSON, PASSWORD, PERSON, DirectEvaluator, Stage, base64_url, csrf_token
from litestar import Litestar
from litestar.datastructures import State

from headwater.identity.codes.challenges import Challenges
from headwater.identity.flows import follow_up
from headwater.identity.flows import routes as flow_routes
from headwater.identity.flows.ending import Endings
from headwater.identity.flows.error_shelf import ErrorShelf
from headwater.identity.flows.failures import Failures
from headwater.identity.flows.passages import Passages
from headwater.identity.login.code import CodeLogin
from headwater.identity.login.entrance import Entrance
from headwater.identity.login.identifier_first import IdentifierFirst
from headwater.identity.login.login import Login
from headwater.identity.login.password import PasswordLogin
from headwater.identity.logout import Logout
from headwater.identity.logout import routes as logout_routes
from headwater.identity.sessions.assurance import Assurance
from headwater.identity.sessions.desk import SessionDesk
from headwater.identity.sessions.own import OwnSessions
from headwater.identity.sessions.routes import routes as session_routes
from headwater.identity.sessions.tokenizer import Tokenizer
from headwater.identity.sessions.whoami import Whoami
from headwater.web import problems


AS_PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


class LoginStage(Stage):
    async def open(self) -> "LoginStage":
        await super().open()
        url, database, clock = self.public_url, self.database, self.clock
        current = self.room.current
        passages = Passages(database=database, clock=clock, public_url=url)
        whoami = Whoami(database=database, clock=clock)
        failures = Failures(clock=clock)
        self.assurance = Assurance(public_url=url)
        entrance = Entrance(
            database=database,
            endings=Endings(database=database, runner=self.runner, public_url=url),
            clock=clock,
            assurance=self.assurance,
            open_verification=self.open_verification,
            public_url=url,
        )
        code = CodeLogin(
            passages=passages,
            database=database,
            challenges=Challenges(self.key),
            courier=self.room.courier,
            failures=failures,
            public_url=url,
        )
        password = PasswordLogin(database=database, hasher=self.hasher, failures=failures, clock=clock)
        methods = [code, password]
        login = Login(
            passages=passages,
            entrance=entrance,
            whoami=whoami,
            database=database,
            methods=[*methods, IdentifierFirst(methods, code=code)],
        )
        logout = Logout(database=database, whoami=whoami, clock=clock, key=self.key, public_url=url)
        desk = SessionDesk(
            current=current,
            whoami=whoami,
            assurance=self.assurance,
            tokenizer=Tokenizer(evaluator=DirectEvaluator(), clock=clock, public_url=url),
            own=OwnSessions(database=database, clock=clock),
            public_url=url,
        )
        errors = ErrorShelf(database=database, clock=clock)
        doors = flow_routes.Doors(current=current, errors=errors, public_url=url)
        self.app = Litestar(
            route_handlers=[
                *self.room.routers,
                flow_routes.router(doors, [login]),
                logout_routes(doors=doors, logout=logout),
                session_routes(desk),
            ],
            exception_handlers=problems.HANDLERS,
            state=State({"authenticate": self.authenticate, "expose_admin": False}),
            openapi_config=None,
            logging_config=None,
        )
        return self

    verification: Any = staticmethod(follow_up.no_verification)

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
