"""What a way to sign in must offer, and what may come of a submit. Each way has a file of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec
from sqlalchemy import Connection

from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows.answers import Answer
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.inbound import Inbound
from headwater.identity.flows.nodes import Node
from headwater.identity.flows.submission import Submission
from headwater.identity.flows.visits import Visit
from headwater.identity.messages.text import UiText
from headwater.identity.people.accounts import Account
from headwater.identity.people.credentials import Credential
from headwater.identity.providers import arrival as arrivals
from headwater.identity.providers.arrival import Arrival
from headwater.identity.sessions.sessions import AAL1, Method
from headwater.identity.sessions.whoami import SignedIn

IDENTIFIER_NODE = "identifier"
LEGACY_IDENTIFIER_NODE = "password_identifier"


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One submit, and who is signed in already where the flow goes on from there (refresh, second factor)."""

    visit: Visit
    signed_in: SignedIn | None

    @property
    def flow(self) -> Flow:
        return self.visit.flow

    @property
    def sent(self) -> Submission:
        return self.visit.sent

    @property
    def inbound(self) -> Inbound:
        return self.visit.inbound

    @property
    def config(self) -> IdentityConfig:
        return self.visit.config

    @property
    def identifier(self) -> str:
        """What the person says they are called, as typed."""
        return typed_identifier(self.sent)


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody proved who they are.

    `store` is what the proof itself changes (a renewed hash, a used code), in the transaction of the session.
    `arrival` is where social sign-in brought them from; `linked` is an account elsewhere that this login confirmed.
    """

    flow: Flow
    account: Account
    method: str
    aal: str
    store: Callable[[Connection], None] | None = None
    arrival: Arrival | None = None
    linked: Arrival | None = None

    def done(self, *, now_ms: int) -> tuple[Method, ...]:
        """Return what the session remembers of it."""
        if self.arrival is not None:
            return (arrivals.as_method(self.arrival, aal=self.aal, now_ms=now_ms),)
        first = Method(method=self.method, aal=self.aal, completed_at_ms=now_ms)
        if self.linked is None:
            return (first,)
        return (first, arrivals.as_method(self.linked, aal=AAL1, now_ms=now_ms))


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Nobody is signed in yet: the flow goes on as `flow`."""

    flow: Flow
    messages: tuple[UiText, ...] = ()
    store: Callable[[Connection], None] | None = None


class LoginMethod(Protocol):
    """A way to sign in. `name` is what clients send as `method`, `aal` the level it is good for."""

    name: str
    aal: str

    def nodes(self, flow: Flow, *, owned: Sequence[Credential], config: IdentityConfig) -> list[Node]:
        """Return what it adds to the form at the moment of choosing, [] where it isn't offered.

        `owned` are the person's credentials when the flow asks somebody known to prove again who they are
        (`flow.refresh`); otherwise the form is alike for everybody, so that it tells nothing about anybody.
        """
        ...

    async def submit(self, attempt: Attempt) -> Proof | Step | Answer:
        """Go through with it. Raises Refusal, or MethodDisabledError. An Answer sends the person elsewhere."""
        ...


def typed_identifier(sent: Submission) -> str:
    """Return what was typed as identifier; older clients call it `password_identifier`."""
    return sent.text(IDENTIFIER_NODE) or sent.text(LEGACY_IDENTIFIER_NODE)
