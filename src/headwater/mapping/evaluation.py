"""What a Jsonnet evaluation is asked and how it may fail; the sandbox behind it is in `sandbox.py`."""

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from headwater.core.errors import HeadwaterError


class Snippet(msgspec.Struct, frozen=True):
    """A Jsonnet program. `name` appears in error messages, such as `webhook-action.jsonnet`."""

    text: str
    name: str = "snippet.jsonnet"


class MappingError(HeadwaterError):
    """A Jsonnet evaluation failed."""

    code = "mapping_failed"
    status = 502


class MappingSyntaxError(MappingError):
    """The Jsonnet does not parse, or names something that doesn't exist."""

    code = "mapping_syntax"
    status = 400


class MappingRuntimeError(MappingError):
    """The Jsonnet raised an error while it ran."""

    code = "mapping_runtime"


class MappingCancelledError(MappingError):
    """The Jsonnet asked to cancel (`error 'cancel'`): there is nothing to send."""

    code = "mapping_cancelled"


class MappingLimitError(MappingError):
    """The Jsonnet ran into its limit of time, memory, depth, input or output."""

    code = "mapping_limit"


class MappingBusyError(MappingError):
    """No Jsonnet worker could do it just now; the program is not at fault. Try again in a moment."""

    code = "mapping_busy"
    status = 503


class Evaluator(Protocol):
    """What a room needs to evaluate: the `Sandbox`, or nothing else."""

    async def evaluate(self, snippet: Snippet, *, arguments: Mapping[str, Any]) -> str:
        """Evaluate `snippet` as a function of `arguments` (top-level arguments) and return its JSON text.

        With no arguments the snippet is a plain value. Arguments are JSON-able values. The text is pretty-printed
        as go-jsonnet does (3-space indent, sorted keys, trailing newline). Raises a MappingError; its message
        begins with the snippet's name, and with line and column where they are known.
        """

    async def check(self, snippet: Snippet) -> None:
        """Parse and resolve names without running it.

        Raises MappingSyntaxError, or MappingLimitError for a program that is too much even to read.
        """
