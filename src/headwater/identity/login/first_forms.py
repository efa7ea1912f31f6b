"""Login forms that nobody has typed into yet: alike for everybody, so they are built once per revision."""

from collections.abc import Callable

from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.nodes import Node

Nodes = tuple[Node, ...]
Build = Callable[[], Nodes]


class FirstForms:
    """Those of one revision: what is built for another one is forgotten."""

    def __init__(self) -> None:
        self._config: IdentityConfig | None = None
        self._built: dict[tuple[str, str, str | None], Nodes] = {}

    def of(self, flow: Flow, *, config: IdentityConfig, build: Build) -> Nodes:
        """Return what `build` returns. The flow must be nobody's yet, and remember nothing."""
        if config is not self._config:
            self._config, self._built = config, {}
        key = flow.schema_id, flow.state, flow.requested_aal
        found = self._built.get(key)
        if found is None:
            found = self._built[key] = build()
        return found
