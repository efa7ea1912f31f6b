"""The way back from a browser to the native app that began a sign-in, with a code that is worth something there."""

from headwater.core.clock import Clock, epoch_ms
from headwater.core.secrets import Secret
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import answers
from headwater.identity.flows import flow as flows
from headwater.identity.flows.answers import Answer
from headwater.identity.flows.flow import Flow
from headwater.identity.sessions.exchange import TokenExchange
from headwater.identity.social.state import BadStateError
from headwater.store.database import Database

NOBODY_WAITS = (
    "No app waits for this sign-in. A native app begins its flow with ?return_session_token_exchange_code=true, or "
    "signs in at the provider by itself and submits the id_token."
)


class AppReturn:
    """One per installation."""

    def __init__(self, *, database: Database, exchange: TokenExchange, clock: Clock) -> None:
        self._database = database
        self._exchange = exchange
        self._clock = clock

    async def require_awaited(self, flow: Flow, *, config: IdentityConfig) -> None:
        """Raise BadStateError for a native flow whose app doesn't wait: its session token isn't for a browser."""
        if flow.type == flows.API and not await self._exchange.is_open_for(flow.id, project_id=config.project_id):
            raise BadStateError(NOBODY_WAITS)

    async def answer(self, answer: Answer, flow: Flow, *, config: IdentityConfig) -> Answer:
        """Return where the app's browser goes now; anybody else's answer stays as it is.

        The session itself never passes through the browser where an app waits for it.
        """
        if flow.type != flows.API:
            return answer
        code = await self._code_or_none(answer, config)
        if code is None:
            return answer
        failed_id = None if answer.came_in else (answer.body or {}).get("id")
        base = flow.return_to or config.flows.default_return_url
        location = answers.with_query(base, code=code.reveal(), flow=failed_id)
        return Answer(body=None, location=location, location_for_apps=location)

    async def _code_or_none(self, answer: Answer, config: IdentityConfig) -> Secret | None:
        now_ms, project_id, came_in = epoch_ms(self._clock.now()), config.project_id, answer.came_in
        if came_in is None:
            flow_id = (answer.body or {}).get("id", "")  # the flow that shows what is wrong
            return await self._database.write(
                lambda connection: self._exchange.fail(connection, flow_id, project_id=project_id, now_ms=now_ms)
            )
        return await self._database.write(
            lambda connection: self._exchange.fulfil(
                connection,
                came_in.flow_id,
                session=came_in.session,
                token=came_in.token,
                project_id=project_id,
                now_ms=now_ms,
            )
        )
