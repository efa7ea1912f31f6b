"""What a way to change something about oneself must offer. Each has a file of its own; the flow knows them by this."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from headwater.core.event import Record
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows.answers import Answer
from headwater.identity.flows.nodes import Node
from headwater.identity.flows.visits import Visit
from headwater.identity.people.accounts import Account
from headwater.identity.people.credentials import Credential
from headwater.identity.people.reshape import Reshaped
from headwater.identity.sessions.sessions import Method


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose settings these are, as they are stored now."""

    account: Account
    credentials: tuple[Credential, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What somebody asked for, judged and ready to be stored.

    `needs_privilege`: it changes how they sign in or are reached, so the session must be young. `kept` is what is
    remembered while they prove again who they are: JSON without any secret in clear; `None` asks them to send it again.
    `done` is how they have just proven who they are, for their session.
    """

    person: Reshaped
    needs_privilege: bool
    kept: dict[str, Any] | None
    event: Callable[[str, int], Record]
    done: Method | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Onward:
    """What somebody asked for begins elsewhere: `go` sends them there. `kept` is as in `Change`."""

    kept: dict[str, Any]
    go: Callable[[], Awaitable[Answer]]


class SettingsMethod(Protocol):
    """A way to change something: `name` is what clients send as `method`."""

    name: str

    def is_enabled(self, config: IdentityConfig) -> bool:
        """Tell whether the project has it."""
        ...

    def nodes(self, owner: Owner, *, config: IdentityConfig) -> list[Node]:
        """Return what it adds to the form."""
        ...

    def may_need_privilege(self, visit: Visit, owner: Owner) -> bool:
        """Tell, before the submit is judged, whether an old session must not go on with it."""
        ...

    async def judge(self, visit: Visit, owner: Owner, *, now_ms: int) -> Change | Onward:
        """Return the change. Raises Refusal."""
        ...

    def resume(self, visit: Visit, owner: Owner, kept: dict[str, Any], *, now_ms: int) -> Change | Onward:
        """Return the change that was kept while its person proved again who they are. Raises Refusal."""
        ...
