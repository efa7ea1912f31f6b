"""The chains of one document, each resolved once: every submit of a flow asks for one several times."""

from typing import Any

from headwater.actions import chain
from headwater.actions.chain import Chain, Trigger


class ChainBook:
    """For one revision of an identity-config."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._known: dict[Trigger, Chain] = {}

    def at(self, trigger: Trigger) -> Chain:
        """Return what runs at `trigger`."""
        if trigger not in self._known:
            is_before = trigger.moment == chain.BEFORE
            found = chain.before(self._document, trigger.flow) if is_before else chain.after(self._document, trigger)
            self._known[trigger] = found
        return self._known[trigger]
