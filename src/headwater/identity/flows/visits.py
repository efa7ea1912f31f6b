"""One submit of one flow: who sent what to which, what it asks of the kind of flow, and how a method says no to it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import msgspec

from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows.answers import Answer
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.inbound import Inbound
from headwater.identity.flows.nodes import Node
from headwater.identity.flows.submission import Submission
from headwater.identity.messages.text import Complaint, UiText
from headwater.identity.people.fields import Field


class Refusal(Exception):  # noqa: N818  a decision that reads as one where it is raised
    """What was submitted can't be used. Carries every complaint there is, so that a person mends all at once."""

    def __init__(self, *complaints: Complaint) -> None:
        super().__init__()
        self.complaints = complaints

    @classmethod
    def whole(cls, message: UiText) -> "Refusal":
        """Refuse with a message about the flow as a whole."""
        return cls(Complaint(message=message))


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """One submit of one flow, let through by the guards."""

    flow: Flow
    sent: Submission
    inbound: Inbound
    config: IdentityConfig


class Form(Protocol):
    """What a kind of flow adds to what all have in common."""

    kind: str

    async def nodes(self, flow: Flow, *, config: IdentityConfig) -> tuple[Node, ...]:
        """Return what the form asks for at this point of the flow.

        The anti-CSRF node comes first by itself; a form that wants it elsewhere puts an empty one there.
        """
        ...

    def typed(self, sent: Submission) -> Mapping[str, Any]:
        """Return what may be shown again of a submit, by node: never a secret."""
        ...

    def fields(self, flow: Flow, *, config: IdentityConfig) -> tuple[Field, ...]:
        """Return the fields whose types a form post has to be read by."""
        ...

    def expired(self, minutes_ago: float, *, expired_at: str, expired_at_unix: int) -> UiText:
        """Return the message of a fresh flow that takes an expired one's place."""
        ...


Decide = Callable[[Visit], Awaitable[Answer]]
Admit = Callable[[Flow], None]


def with_flow(visit: Visit, flow: Flow) -> Visit:
    """Return the visit with its flow changed."""
    return msgspec.structs.replace(visit, flow=flow)
