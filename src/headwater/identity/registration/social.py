"""Registering with an account elsewhere."""

from collections.abc import Awaitable, Callable

from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import nodes
from headwater.identity.flows.answers import Answer
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.nodes import Node
from headwater.identity.flows.visits import Refusal, Visit
from headwater.identity.messages import registration
from headwater.identity.people.credentials import OIDC
from headwater.identity.providers.arrival import Arrival
from headwater.identity.social import buttons, travel
from headwater.identity.social.keepsakes import ARRIVED, Arrived, Keepsakes
from headwater.identity.social.travel import Travel

Land = Callable[[Visit, Arrival], Awaitable[Answer]]


class SocialRegistration:
    """A RegistrationMethod. `land` goes on with whoever is back from a provider."""

    name = OIDC

    def __init__(self, *, traveller: Travel, keepsakes: Keepsakes, land: Land) -> None:
        self._travel = traveller
        self._keepsakes = keepsakes
        self._land = land

    def is_enabled(self, config: IdentityConfig) -> bool:
        return config.methods.social.is_enabled

    def nodes(self, config: IdentityConfig) -> list[Node]:
        return buttons.to_sign_up(config.methods.social.providers)

    def only_nodes(self, flow: Flow, *, config: IdentityConfig) -> list[Node] | None:
        """Whoever is back is asked for the traits that the provider didn't know, and for nothing else."""
        arrived = self._arrived_or_none(flow)
        provider = None if arrived is None else config.methods.social.provider_or_none(arrived.provider_id)
        if provider is None:
            return None
        return [buttons.to_go_on(provider), *nodes.traits(config.schema_of(flow.schema_id).fields)]

    async def submit(self, visit: Visit) -> Answer:
        if not visit.sent.text(travel.PROVIDER):
            raise Refusal.whole(registration.no_strategy())
        provider = travel.require_provider(visit.sent.text(travel.PROVIDER), visit.config)
        arrived = self._arrived_or_none(visit.flow)
        if arrived is not None and arrived.provider_id == provider.id:
            # They have been there and are known: Kratos sends them once more, and Apple tells a name only once.
            return await self._land(visit, arrived.arrival)
        arrival = await self._travel.brought(visit, provider)
        if arrival is None:
            return await self._travel.leave(visit, provider)
        return await self._land(visit, arrival)

    def _arrived_or_none(self, flow: Flow) -> Arrived | None:
        return self._keepsakes.find_or_none(flow, ARRIVED, Arrived)
