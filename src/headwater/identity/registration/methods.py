"""What a way to register must offer. Each has a file of its own; the flow knows them by this alone."""

from typing import Protocol

from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows.answers import Answer
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.nodes import Node
from headwater.identity.flows.visits import Visit


class RegistrationMethod(Protocol):
    """A way to register: `name` is what clients send as `method`."""

    name: str

    def is_enabled(self, config: IdentityConfig) -> bool:
        """Tell whether the project has it."""
        ...

    def nodes(self, config: IdentityConfig) -> list[Node]:
        """Return what it adds to the form at the moment of choosing."""
        ...

    def only_nodes(self, flow: Flow, *, config: IdentityConfig) -> list[Node] | None:
        """Return the whole form where the flow has gone so far with this way that no other is left; usually None."""
        ...

    async def submit(self, visit: Visit) -> Answer:
        """Go through with it. Raises Refusal."""
        ...
