"""People who come in by their account instead of a key: what the console asks of whoever knows accounts."""

from typing import Any, Protocol

import msgspec
from litestar import Request

from headwater.web.access import Principal

Incoming = Request[Any, Any, Any]


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever a browser is signed in as, in the session `session_id` of theirs. `role` is None for no operator.

    `word` is what only pages for this session know. `is_recent`: they have just now proved who they are;
    `is_sure`: by all that they have for that.
    """

    identity_id: str
    session_id: str
    name: str
    role: str | None
    word: str
    is_recent: bool
    is_sure: bool


class Accounts(Protocol):
    """The accounts of the default project."""

    async def are_offered(self) -> bool:
        """Tell whether there is anybody who could come in by their account."""
        ...

    async def signed_in(self, request: Incoming) -> Person | None:
        """Return whoever the browser is signed in as by the project's own login."""
        ...

    async def principal(self, identity_id: str, session_id: str) -> Principal | None:
        """Return what somebody may do now; None once they may nothing, or their session is over."""
        ...

    async def sign_out(self, identity_id: str, session_id: str) -> None:
        """End a session of theirs."""
        ...
