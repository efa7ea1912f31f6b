"""The begin of a flow: the Actions that stand before it, run when its form is made and it isn't stored yet.

Whoever they fail or stop gets no flow. Nobody knows yet who it is, but in settings: mallory may begin as many as she
likes, so only a few wait for their receivers at once, and the others are told to come again. Else a receiver that
hangs would hold every connection that the Actions of those who sign in need, too.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

from headwater.actions import occasion as occasions
from headwater.actions.chain import BEFORE, Hook, Trigger
from headwater.actions.errors import ActionFailedError
from headwater.actions.occasion import Occasion
from headwater.actions.runner import NOTHING, ActionRunner, Owed, Prepared
from headwater.core.errors import UnavailableError
from headwater.identity.config.flows_config import SETTINGS
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import flow as flows
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.inbound import Inbound
from headwater.identity.people import views
from headwater.identity.sessions import cookies
from headwater.identity.sessions.whoami import SignedIn, Whoami
from headwater.store.database import Database

# Beginnings that wait at once: of one kind of flow, and of all, which is half of what one host is ever asked at once.
AT_ONCE = 8
AT_ONCE_IN_ALL = 16


class TooManyBeginningsError(UnavailableError):
    """Too many flows of this kind are waiting for an Action before they begin. Try again in a few seconds."""

    code = "too_many_beginnings"
    retry_after_seconds = 5


class Beginnings:
    """One per installation."""

    def __init__(self, *, runner: ActionRunner, database: Database, whoami: Whoami, public_url: str) -> None:
        self._runner = runner
        self._database = database
        self._whoami = whoami
        self._public_url = public_url
        self._waiting: Counter[str] = Counter()

    async def run(
        self, flow: Flow, *, inbound: Inbound, config: IdentityConfig, signed_in: SignedIn | None = None
    ) -> Owed:
        """Run what stands before `flow`.

        Raises ActionFailedError, ActionInterruptedError, TooManyBeginningsError: then there is no flow.
        `signed_in` is whose settings it will be, where that isn't whoever asks.
        """
        trigger = Trigger(flow=flow.kind, moment=BEFORE)
        chain = config.chains.at(trigger)
        if not chain.web_hooks:
            return Owed(self._runner, NOTHING)
        if flow.kind == SETTINGS and signed_in is None:
            signed_in = await self._whoami.find_or_none(inbound, config=config)
        occasion = occasion_before(
            flow, inbound=inbound, config=config, signed_in=signed_in, public_url=self._public_url
        )
        with self._place(flow.kind) if chain.awaited else nullcontext():
            prepared = await self._runner.prepare(chain, occasion)
            held, queued = prepared.parted()
            if held.held:
                await self._database.write(lambda connection: self._runner.store(connection, held))
            # What a receiver would change of an identity falls away: there is none yet.
            await self._tell(chain.awaited, occasion, held)
        return Owed(self._runner, queued)

    @contextmanager
    def _place(self, kind: str) -> Iterator[None]:
        if self._waiting[kind] >= AT_ONCE or self._waiting.total() >= AT_ONCE_IN_ALL:
            raise TooManyBeginningsError
        self._waiting[kind] += 1
        try:
            yield
        finally:
            self._waiting[kind] -= 1

    async def _tell(self, hooks: Sequence[Hook], occasion: Occasion, held: Prepared) -> None:
        try:
            await self._runner.run(hooks, occasion, held)
        except ActionFailedError as error:
            raise type(error)(error.before_flow) from error


def occasion_before(
    flow: Flow, *, inbound: Inbound, config: IdentityConfig, signed_in: SignedIn | None, public_url: str
) -> Occasion:
    """Return what Actions are told when `flow` begins."""
    own = cookies.own_names(config, public_url=public_url)
    identity: dict[str, Any] | None = None
    session: dict[str, Any] | None = None
    if signed_in is not None:
        identity = views.identity(signed_in.account, public_url=public_url)
        session = views.session(signed_in.session, signed_in.account, public_url=public_url)
    context = occasions.context(
        flow=flows.view(flow, identity=identity),
        identity=None,
        session=session,
        request=inbound.for_actions(),
        header_allowlist=config.header_allowlist,
        own_cookies=own,
    )
    return Occasion(
        project_id=config.project_id,
        identity_id=signed_in.account.id if signed_in else None,
        trigger=Trigger(flow=flow.kind, moment=BEFORE),
        context=context,
        own_cookies={name: value for name, value in inbound.cookies.items() if name in own},
    )
