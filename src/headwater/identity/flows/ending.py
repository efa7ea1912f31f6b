"""The end of a flow: what it changes, what the log is told and what its Actions are owed, in one transaction.

No transaction is open while an Action is sent (DESIGN decision 3). Where the change has to be there before the
inline Actions run (a new person, new traits) it is stored first; where they may still say no (a login) it follows.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from headwater.actions import occasion as occasions
from headwater.actions.chain import Chain, Hook, Trigger
from headwater.actions.errors import ActionFailedError, ActionInterruptedError
from headwater.actions.occasion import Facts, Occasion
from headwater.actions.reply import NO_EDIT, Edit
from headwater.actions.runner import NOTHING, ActionRunner, Check, Owed, Prepared
from headwater.identity.config.flows_config import SETTINGS
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import flow as flows
from headwater.identity.flows import interruption
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.inbound import Inbound
from headwater.identity.people import views
from headwater.identity.people.accounts import Account
from headwater.identity.providers.arrival import Arrival
from headwater.identity.sessions import cookies
from headwater.identity.sessions.sessions import Session
from headwater.store.database import Database

Store = Callable[[Connection], None]


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """What Actions are told. `session` is shown to them where Ory shows one (reference/ory.md 1.5)."""

    flow: Flow
    method: str
    account: Account
    inbound: Inbound
    config: IdentityConfig
    session: Session | None = None
    transient_payload: dict[str, Any] | None = None
    arrival: Arrival | None = None  # what a provider said of them, for social sign-in
    previous: Account | None = None  # who they were before the change, where they were anybody
    is_repeated: bool = False  # the same flow tried again: what nobody waits for left with the first try

    @property
    def trigger(self) -> Trigger:
        return Trigger(flow=self.flow.kind, method=self.method)

    @property
    def chain(self) -> Chain:
        return self.config.chains.at(self.trigger)


class Endings:
    """Brings flows to their end."""

    def __init__(self, *, database: Database, runner: ActionRunner, public_url: str) -> None:
        self._database = database
        self._runner = runner
        self._public_url = public_url

    async def ask(self, ending: Ending, *, check: Check | None = None) -> Edit:
        """Ask the blocking Actions about what is to be changed, and return what their receivers change in it.

        Whose changes `check` objects to is on record as failed; to refuse them is the caller's.

        Raises Refusal where one says no, ActionFailedError where one can't be asked: nothing may be changed then.
        """
        blocking = ending.chain.blocking
        if not blocking:
            return NO_EDIT
        return await self._asked(blocking, self._occasion(ending, is_proposed=True), check=check)

    async def change_then_act(self, ending: Ending, *, change: Store, undo: Store | None = None) -> None:
        """Store `change`, then tell the Actions. Raises ActionFailedError: the change stays, but for what `undo` takes.

        The blocking ones are asked before, by `ask`.
        """
        if not ending.chain.web_hooks:
            await self._database.write(change)
            return
        chain, occasion, prepared = await self._prepared(ending)

        def first(connection: Connection) -> None:
            change(connection)
            self._runner.store(connection, prepared)

        ahead = self._runner.ahead(chain.inline, occasion)
        await self._database.write(first)
        self._runner.stored(prepared)
        try:
            await self._runner.run(chain.inline, occasion, prepared, ahead=ahead)
        except (ActionFailedError, asyncio.CancelledError):
            if undo is not None:
                await asyncio.shield(self._database.write(undo))
            raise

    async def change_then_act_for_all(self, endings: Sequence[Ending], *, change: Store) -> None:
        """Store a `change` that ends several flows, and tell the Actions of each. Raises as `change_then_act`.

        One that fails keeps no other flow's from being told.
        """
        owed = [await self._prepared(ending) for ending in endings]

        def transaction(connection: Connection) -> None:
            change(connection)
            for _, _, prepared in owed:
                self._runner.store(connection, prepared)

        await self._database.write(transaction)
        failure: ActionFailedError | None = None
        for chain, occasion, prepared in owed:
            self._runner.stored(prepared)
            try:
                await self._runner.run(chain.inline, occasion, prepared)
            except ActionFailedError as error:
                failure = failure or error
        if failure is not None:
            raise failure

    async def act_then_change(self, ending: Ending, *, change: Store) -> None:
        """Run the Actions, blocking ones too, then store `change`. Raises as `act`: nothing was changed."""
        owed = await self.act(ending)

        def last(connection: Connection) -> None:
            change(connection)
            owed.store(connection)

        await self._database.write(last)
        owed.stored()

    async def act(self, ending: Ending) -> Owed:
        """Run the Actions, blocking ones too. What is still owed is the caller's to store, with the change.

        Raises Refusal where one says no, ActionFailedError where one fails.
        """
        if not ending.chain.web_hooks:
            return Owed(self._runner, NOTHING)
        chain, occasion, prepared = await self._prepared(ending)
        held, queued = prepared.parted()
        if held.held:
            await self._database.write(lambda connection: self._runner.store(connection, held))
        await self._asked(chain.awaited, occasion, held)
        return Owed(self._runner, queued)

    async def _asked(
        self, hooks: Sequence[Hook], occasion: Occasion, held: Prepared = NOTHING, *, check: Check | None = None
    ) -> Edit:
        try:
            return await self._runner.run(hooks, occasion, held, check=check)
        except ActionInterruptedError as error:
            raise interruption.refusal(error) from error

    async def _prepared(self, ending: Ending) -> tuple[Chain, Occasion, Prepared]:
        chain = ending.chain
        occasion = self._occasion(ending)
        prepared = await self._runner.prepare(chain, occasion)
        return chain, occasion, prepared.parted()[0] if ending.is_repeated else prepared

    def _occasion(self, ending: Ending, *, is_proposed: bool = False) -> Occasion:
        return occasion(ending, public_url=self._public_url, is_proposed=is_proposed)


def occasion(ending: Ending, *, public_url: str, is_proposed: bool = False) -> Occasion:
    """Return what Actions are told.

    `is_proposed`: the account isn't stored as it is shown, and the session's is still who they were.
    """
    config, inbound, session = ending.config, ending.inbound, ending.session
    own = cookies.own_names(config, public_url=public_url)
    flow = msgspec.structs.replace(ending.flow, active=ending.method)
    identity = views.identity(ending.account, public_url=public_url)
    known = ending.previous if is_proposed and ending.previous else ending.account
    shown = views.identity(known, public_url=public_url) if flow.kind == SETTINGS else None
    context = occasions.context(
        flow=flows.view(flow, transient_payload=ending.transient_payload, identity=shown),
        identity=identity,
        session=views.session(session, known, public_url=public_url) if session else None,
        request=inbound.for_actions(),
        header_allowlist=config.header_allowlist,
        own_cookies=own,
        facts=_facts(ending, public_url=public_url),
    )
    return Occasion(
        project_id=config.project_id,
        identity_id=ending.account.id,
        trigger=ending.trigger,
        context=context,
        own_cookies={name: value for name, value in inbound.cookies.items() if name in own},
    )


def _facts(ending: Ending, *, public_url: str) -> Facts:
    previous, arrival = ending.previous, ending.arrival
    return Facts(
        previous_identity=views.identity(previous, public_url=public_url) if previous else None,
        claims=arrival.claims if arrival else None,
        provider=arrival.provider_id if arrival else None,
    )
