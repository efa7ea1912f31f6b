"""The Jsonnet of an Action, from wherever its `body` says (`mapping.sources`), with errors that Actions fail by."""

from headwater.actions.errors import UnusableHookError
from headwater.mapping import sources
from headwater.mapping.evaluation import Snippet
from headwater.mapping.source_errors import SourceError
from headwater.mapping.sources import Sources
from headwater.net.address_rules import NO_RULES, AddressRules

BASE64 = sources.BASE64
SNIPPET_NAME = "body"  # how errors call it; whoever reports one adds the hook's path


class Templates:
    """Turns a `body` into a snippet. Without `found` only what is embedded in the configuration."""

    def __init__(self, found: Sources | None = None) -> None:
        self._found = found

    async def load(self, body: str, *, name: str, rules: AddressRules = NO_RULES) -> Snippet:
        """Return the Jsonnet behind `body`; `name` appears in its errors. Raises UnusableHookError."""
        try:
            if self._found is None:
                return sources.embedded(body, name=name)
            return await self._found.load(body, name=name, rules=rules)
        except SourceError as error:
            raise UnusableHookError(error.message) from error


EMBEDDED = Templates()
