"""The end of a flow: what it changes, what the log is told and what its Actions are owed, in one transaction.

No transaction is open while an Action is sent (DESIGN decision 3). Where the change has to be there before the
inline Actions run (a new person, new traits) it is stored first; where they may still say no (a login) it follows.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from sqlalchemy import Connection

from headwater.actions import chain as chains
from headwater.actions import occasion as occasions
from headwater.actions.chain import Chain, Trigger
from headwater.actions.occasion import Occasion
from headwater.actions.runner import ActionRunner, Prepared
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import flow as flows
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.inbound import Inbound
from headwater.identity.people import views
from headwater.identity.people.accounts import Account
from headwater.identity.providers import arrival as arrivals
from headwater.identity.providers.arrival import Arrival
from headwater.identity.sessions import cookies
from headwater.identity.sessions.sessions import Session
from headwater.store.database import Database

Store = Callable[[Connection], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What Actions are told. `session` is shown to them where Ory shows one (reference/ory.md 1.5)."""

    flow: Flow
    method: str
    account: Account
    inbound: Inbound
    config: IdentityConfig
    session: Session | None = None
    transient_payload: dict[str, Any] | None = None
    arrival: Arrival | None = None  # what a provider said of them, for social sign-in
    is_repeated: bool = False  # the same flow tried again: what nobody waits for left with the first try

    @property
    def trigger(self) -> Trigger:
        return Trigger(flow=self.flow.kind, method=self.method)

    @property
    def chain(self) -> Chain:
        return chains.after(self.config.document, self.trigger)


class Endings:
    """Brings flows to their end."""

    def __init__(self, *, database: Database, runner: ActionRunner, public_url: str) -> None:
        self._database = database
        self._runner = runner
        self._public_url = public_url

    async def change_then_act(self, ending: Ending, *, change: Store, finish: Store | None = None) -> None:
        """Store `change`, run the Actions, then `finish`. Raises ActionFailedError: the change stays, no finish."""
        chain, occasion, prepared = await self._prepared(ending)
        inline = bool(chain.inline)

        def first(connection: Connection) -> None:
            change(connection)
            self._runner.store(connection, prepared)
            if not inline and finish is not None:
                finish(connection)

        await self._database.write(first)
        if inline:
            await self._runner.run(chain, occasion, prepared)
            if finish is not None:
                await self._database.write(finish)

    async def act_then_change(self, ending: Ending, *, change: Store) -> None:
        """Run the Actions, then store `change`. Raises ActionFailedError: nothing was changed."""
        chain, occasion, prepared = await self._prepared(ending)
        if chain.inline:
            held = msgspec.structs.replace(prepared, queued=())
            if held.held:
                await self._database.write(lambda connection: self._runner.store(connection, held))
            await self._runner.run(chain, occasion, held)
        queued = msgspec.structs.replace(prepared, held=(), calls={})

        def last(connection: Connection) -> None:
            change(connection)
            self._runner.store(connection, queued)

        await self._database.write(last)

    async def _prepared(self, ending: Ending) -> tuple[Chain, Occasion, Prepared]:
        chain = ending.chain
        occasion = self._occasion(ending)
        prepared = await self._runner.prepare(chain, occasion)
        return chain, occasion, msgspec.structs.replace(prepared, queued=()) if ending.is_repeated else prepared

    def _occasion(self, ending: Ending) -> Occasion:
        config, inbound, session = ending.config, ending.inbound, ending.session
        own = cookies.own_names(config, public_url=self._public_url)
        flow = msgspec.structs.replace(ending.flow, active=ending.method)
        identity = views.identity(ending.account, public_url=self._public_url)
        context = occasions.context(
            flow=flows.view(flow, transient_payload=ending.transient_payload, identity=_shown(flow, identity)),
            identity=identity,
            session=views.session(session, ending.account, public_url=self._public_url) if session else None,
            request=inbound.for_actions(),
            header_allowlist=config.header_allowlist,
            own_cookies=own,
            social=None if ending.arrival is None else arrivals.shown(ending.arrival),
        )
        return Occasion(
            project_id=config.project_id,
            identity_id=ending.account.id,
            trigger=ending.trigger,
            context=context,
            own_cookies={name: value for name, value in inbound.cookies.items() if name in own},
        )


def repeated(ending: Ending) -> Ending:
    """Return the ending of a flow that is submitted again because an Action failed."""
    return replace(ending, is_repeated=True)


def _shown(flow: Flow, identity: dict[str, Any]) -> dict[str, Any] | None:
    return identity if flow.kind == "settings" else None
