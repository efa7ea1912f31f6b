"""The seam between the routes and the kinds of flow: what each must offer."""

from typing import Protocol

from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows.answers import Answer
from headwater.identity.flows.inbound import Inbound


class FlowKind(Protocol):
    """Registration, login, settings, recovery or verification."""

    kind: str

    async def start(self, flow_type: str, *, inbound: Inbound, config: IdentityConfig) -> Answer:
        """Begin a flow for a browser or a native app."""
        ...

    async def show(self, flow_id: str, *, inbound: Inbound, config: IdentityConfig) -> Answer:
        """Return the flow to whoever may see it."""
        ...

    async def submit(self, flow_id: str, *, inbound: Inbound, config: IdentityConfig) -> Answer:
        """Go through with a flow."""
        ...


class Resumable(FlowKind, Protocol):
    """A kind whose submitting address may be visited, too: links in mails lead there, or a login sends back."""

    async def resume(self, flow_id: str, *, inbound: Inbound, config: IdentityConfig) -> Answer:
        """Go on where a link or a redirect leads."""
        ...
