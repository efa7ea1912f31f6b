"""A stage where a test can play the browser's part of a native app's sign-in: it comes back, with a session or not."""

from dataclasses import dataclass, field
from typing import Any

import httpx
from identity_stage import ADA, PROJECT, Stage, register

from headwater.core.clock import epoch_ms
from headwater.core.secrets import Secret
from headwater.identity import room
from headwater.identity.ground import Ground
from headwater.identity.sessions import sessions
from headwater.identity.sessions.sessions import Method, Session

ASKING = "?return_session_token_exchange_code=true"
PATH = "/sessions/token-exchange"


@dataclass
class App:
    """A native app that has begun a flow, and has its session once the browser is back."""

    flow: dict[str, Any]
    init_code: str = field(repr=False)
    return_to_code: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    session: Session | None = None


class ExchangeStage(Stage):
    async def open(self) -> "ExchangeStage":
        built = room.build
        try:
            room.build = self._build
            await super().open()
        finally:
            room.build = built
        return self

    def _build(self, ground: Ground) -> room.Room:
        builder = room.Builder(ground)
        self.exchange, self.assurance = builder.exchange, builder.assurance
        return builder.build()

    def now_ms(self) -> int:
        return epoch_ms(self.clock.now())

    async def begin(self, client: httpx.AsyncClient, kind: str = "login") -> App:
        answer = await client.get(f"/self-service/{kind}/api{ASKING}")
        assert answer.status_code == 200, answer.text
        flow = answer.json()
        return App(flow=flow, init_code=flow["session_token_exchange_code"])

    async def sign_up(self, client: httpx.AsyncClient, traits: Any = ADA) -> str:
        """Make somebody, and return their id."""
        return (await register(client, traits))["identity"]["id"]

    async def come_back(self, app: App, identity_id: str) -> App:
        """Do what a callback does once the provider has said who it is."""
        session, token = sessions.start(
            identity_id,
            methods=[Method(method="oidc", aal="aal1", completed_at_ms=self.now_ms(), provider="loopback")],
            ip_address="127.0.0.1",
            user_agent="browser",
            now_ms=self.now_ms(),
            lifespan_seconds=3600,
        )

        def change(connection: Any) -> Secret | None:
            sessions.insert_session(connection, session, token=token, project_id=PROJECT)
            return self.exchange.fulfil(
                connection, app.flow["id"], session=session, token=token, project_id=PROJECT, now_ms=self.now_ms()
            )

        code = await self.database.write(change)
        app.session, app.token = session, token.reveal()
        app.return_to_code = "" if code is None else code.reveal()
        return app

    async def come_back_in_vain(self, app: App) -> App:
        """Do what a callback does when the provider or we said no."""
        code = await self.database.write(
            lambda connection: self.exchange.fail(connection, app.flow["id"], project_id=PROJECT, now_ms=self.now_ms())
        )
        app.return_to_code = "" if code is None else code.reveal()
        return app


async def redeem(client: httpx.AsyncClient, init_code: str, return_to_code: str) -> httpx.Response:
    return await client.get(PATH, params={"init_code": init_code, "return_to_code": return_to_code})


async def redeem_all(client: httpx.AsyncClient, app: App) -> httpx.Response:
    return await redeem(client, app.init_code, app.return_to_code)
