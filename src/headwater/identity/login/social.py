"""Signing in with an account elsewhere."""

from collections.abc import Awaitable, Callable, Sequence

from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows.answers import Answer
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.nodes import Node
from headwater.identity.flows.visits import Refusal, Visit
from headwater.identity.login.methods import Attempt
from headwater.identity.messages import login
from headwater.identity.people import linked
from headwater.identity.people.credentials import OIDC, Credential
from headwater.identity.providers.arrival import Arrival
from headwater.identity.sessions.sessions import AAL1
from headwater.identity.social import buttons, travel
from headwater.identity.social.travel import Travel

Land = Callable[[Visit, Arrival], Awaitable[Answer]]


class SocialLogin:
    """A LoginMethod. `land` goes on with whoever is back from a provider."""

    name = OIDC
    aal = AAL1

    def __init__(self, *, traveller: Travel, land: Land) -> None:
        self._travel = traveller
        self._land = land

    def nodes(self, flow: Flow, *, owned: Sequence[Credential], config: IdentityConfig) -> list[Node]:
        social = config.methods.social
        if not social.is_enabled:
            return []
        if not flow.refresh:
            return buttons.to_sign_in(social.providers)
        mine = {entry["provider"] for entry in linked.of_person(owned)}
        return buttons.to_sign_in(item for item in social.providers if item.id in mine)

    async def submit(self, attempt: Attempt) -> Answer:
        if not attempt.sent.text(travel.PROVIDER):
            raise Refusal.whole(login.no_strategy())
        provider = travel.require_provider(attempt.sent.text(travel.PROVIDER), attempt.config)
        arrival = await self._travel.brought(attempt.visit, provider)
        if arrival is None:
            return await self._travel.leave(attempt.visit, provider)
        return await self._land(attempt.visit, arrival)
