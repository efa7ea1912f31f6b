"""How much of the sandbox those get who only try Jsonnet out: operators, at a change of the configuration or a dry run.

People who sign in need the same workers, and must find some free whatever an operator's program does.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from headwater.core.clock import Clock
from headwater.mapping.evaluation import Evaluator, MappingBusyError, Snippet

AT_ONCE = 2
CHECK_SECONDS = 5.0


class Ration:
    """An Evaluator over another: all who share it have so many workers at once; the others wait for theirs."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.places = asyncio.Semaphore(AT_ONCE)
        self._evaluator = evaluator

    async def evaluate(self, snippet: Snippet, *, arguments: Mapping[str, Any]) -> str:
        """Evaluate, as `Evaluator` promises."""
        async with self.places:
            return await self._evaluator.evaluate(snippet, arguments=arguments)

    async def check(self, snippet: Snippet) -> None:
        """Check, as `Evaluator` promises."""
        async with self.places:
            await self._evaluator.check(snippet)


class Budget:
    """An Evaluator over another that checks for so many seconds, from now on; later it raises MappingBusyError."""

    def __init__(self, evaluator: Evaluator, *, clock: Clock) -> None:
        self._evaluator = evaluator
        self._clock = clock
        self._until = clock.monotonic() + CHECK_SECONDS

    async def evaluate(self, snippet: Snippet, *, arguments: Mapping[str, Any]) -> str:
        """Evaluate, as `Evaluator` promises."""
        return await self._evaluator.evaluate(snippet, arguments=arguments)

    async def check(self, snippet: Snippet) -> None:
        """Check, as `Evaluator` promises."""
        if self._clock.monotonic() > self._until:
            raise MappingBusyError(f"Checking all that comes before it took more than {CHECK_SECONDS:g} s.")
        await self._evaluator.check(snippet)
