"""What Actions are told of operators' changes of people (ours, `/identity/after`): made, changed, removed.

It is rendered before the transaction of the change, stored in it, and leaves by the queue: no operator waits for a
receiver. Where no hook is configured nothing is done at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from headwater.actions import chain as chains
from headwater.actions import occasion as occasions
from headwater.actions.chain import Chain, Trigger
from headwater.actions.known_hooks import IDENTITY
from headwater.actions.occasion import Facts, InboundRequest, Occasion
from headwater.actions.runner import NOTHING, ActionRunner, Owed
from headwater.core.clock import Clock
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.people import views
from headwater.identity.people.accounts import Account
from headwater.identity.sessions import cookies
from headwater.mapping.evaluation import MappingBusyError

# The operator's own way in, which no receiver needs to see, whatever the allowlist says.
WITHHELD_HEADERS = frozenset({"authorization", "x-session-token"})
# Many at once are patient: others' sign-ups come first.
TRIES = 20
PAUSE_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What an operator did (`change`), to whom, and who they were before."""

    change: str
    account: Account
    previous: Account | None = None


class Announcing:
    """One per installation."""

    def __init__(self, *, runner: ActionRunner, clock: Clock, public_url: str) -> None:
        self._runner = runner
        self._clock = clock
        self._public_url = public_url

    def is_wanted(self, change: str, config: IdentityConfig) -> bool:
        """Tell whether anybody is told of it."""
        return bool(_chain(change, config).web_hooks)

    async def owed(self, deed: Deed, *, request: InboundRequest, config: IdentityConfig) -> Owed:
        """Render what is owed for a deed that isn't stored yet. Raises MappingBusyError."""
        chain = _chain(deed.change, config)
        if not chain.web_hooks:
            return Owed(self._runner, NOTHING)
        shown = occasion(deed, request=request, config=config, public_url=self._public_url)
        return Owed(self._runner, await self._runner.prepare(chain, shown))

    async def owed_for_many(
        self, deeds: Sequence[Deed], *, request: InboundRequest, config: IdentityConfig
    ) -> dict[str, Owed]:
        """Render what is owed for several, by the ids of their accounts. Waits where there is much to be rendered."""
        if not deeds or not self.is_wanted(deeds[0].change, config):
            return {}
        return {deed.account.id: await self._patiently(deed, request=request, config=config) for deed in deeds}

    async def _patiently(self, deed: Deed, *, request: InboundRequest, config: IdentityConfig) -> Owed:
        for _ in range(TRIES):
            try:
                return await self.owed(deed, request=request, config=config)
            except MappingBusyError:
                await self._clock.sleep(PAUSE_SECONDS)
        return await self.owed(deed, request=request, config=config)


def occasion(deed: Deed, *, request: InboundRequest, config: IdentityConfig, public_url: str) -> Occasion:
    """Return what Actions are told: no flow and no session, as nobody went through any."""
    headers = {name: values for name, values in request.headers.items() if name.lower() not in WITHHELD_HEADERS}
    own = cookies.own_names(config, public_url=public_url)
    previous = deed.previous
    facts = Facts(
        trigger=f"{IDENTITY}.{deed.change}",
        previous_identity=views.identity(previous, public_url=public_url) if previous else None,
    )
    context = occasions.context(
        flow=None,
        identity=views.identity(deed.account, public_url=public_url),
        session=None,
        request=msgspec.structs.replace(request, headers=headers),
        header_allowlist=config.header_allowlist,
        own_cookies=own,
        facts=facts,
    )
    trigger = Trigger(flow=IDENTITY, method=deed.change)
    return Occasion(project_id=config.project_id, identity_id=deed.account.id, trigger=trigger, context=context)


def _chain(change: str, config: IdentityConfig) -> Chain:
    return chains.after(config.document, Trigger(flow=IDENTITY, method=change))
