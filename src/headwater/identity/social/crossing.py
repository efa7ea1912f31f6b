"""From login to registration and back: with social sign-in nobody knows which one it is before the person is back."""

from collections.abc import Awaitable, Callable

from headwater.identity.flows import flow as flows
from headwater.identity.flows import passages as flow_passages
from headwater.identity.flows.answers import Answer
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.passages import Passages
from headwater.identity.flows.visits import Form, Visit
from headwater.identity.messages.text import UiText
from headwater.identity.sessions.exchange import TokenExchange
from headwater.store.database import Database

Change = Callable[[Flow], Flow]
Decide = Callable[[Visit], Awaitable[Answer]]


class Crossing:
    """Makes a flow of the other kind, in the same browser; a native app that waits for the old one waits for it."""

    def __init__(self, *, database: Database, passages: Passages, exchange: TokenExchange) -> None:
        self._database = database
        self._passages = passages
        self._exchange = exchange

    async def begun(
        self, form: Form, visit: Visit, *, messages: tuple[UiText, ...] = (), change: Change | None = None
    ) -> Flow:
        """Return a new flow of `form`'s kind that goes on where the visit's flow is. Raises FlowDisabledError."""
        old, config = visit.flow, visit.config
        bare = flow_passages.replace_query(visit.inbound, identity_schema=old.identity_schema)
        fresh = self._passages.blank(form, old.type, inbound=bare, config=config, active=old.active)
        fresh = flow_passages.continuing(fresh, old)
        if change is not None:
            fresh = change(fresh)
        cookie = self._passages.csrf_cookie_of(visit)
        fresh = await self._passages.insert(
            form, fresh, inbound=visit.inbound, config=config, csrf_cookie=cookie, messages=messages
        )
        if old.type == flows.API:
            await self._database.write(
                lambda connection: self._exchange.move(
                    connection, from_flow_id=old.id, to_flow_id=fresh.id, expires_at_ms=fresh.expires_at_ms
                )
            )
        return fresh

    async def over(self, form: Form, visit: Visit, *, decide: Decide) -> Answer:
        """Go on with a new flow of `form`'s kind. What is wrong there is shown there."""
        fresh = await self.begun(form, visit)
        return await self._passages.resubmit(
            form, fresh, inbound=visit.inbound, config=visit.config, decide=decide, sent=visit.sent
        )
