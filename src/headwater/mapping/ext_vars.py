"""Programs that read their input with `std.extVar(name)`, as Ory's claims mappers do; the sandbox passes arguments.

The program becomes the body of a function whose `std` knows the variables. They are passed as data, in one argument
of a name that nobody writes by accident: `claims` without `std.extVar` stays unknown, as it is in Ory.
"""

import re
from collections.abc import Mapping
from typing import Any

from headwater.mapping.evaluation import Evaluator, MappingError, Snippet

ARGUMENT = "headwater_ext_vars"
# All on the program's first line, so that lines in errors are true; `_placed` puts columns right. No closing half: the
# body of a function ends where the text does, and so a bracket too many in the program closes nothing of ours.
PREFIX = (
    f"function({ARGUMENT}) local headwater_plain_std = std; local std = headwater_plain_std {{ extVar(name):: "
    f"if headwater_plain_std.objectHas({ARGUMENT}, name) then {ARGUMENT}[name] "
    "else error \"std.extVar('%s') is not known here; there is %s\" % "
    f"[name, headwater_plain_std.join(', ', headwater_plain_std.objectFields({ARGUMENT}))] }}; "
)
_FIRST_LINE = "1"


async def evaluate(evaluator: Evaluator, text: str, *, name: str, variables: Mapping[str, Any]) -> str:
    """Evaluate the program `text` and return its JSON text; it may ask `std.extVar` for any of `variables`.

    Raises a MappingError as the evaluator does; lines and columns are those of `text`.
    """
    snippet = Snippet(PREFIX + text, name)
    try:
        return await evaluator.evaluate(snippet, arguments={ARGUMENT: dict(variables)})
    except MappingError as error:
        raise type(error)(_placed(error.message, name)) from error


async def check(evaluator: Evaluator, text: str, *, name: str) -> None:
    """Parse the program and resolve its names without running it. Raises MappingSyntaxError or MappingLimitError."""
    try:
        await evaluator.check(Snippet(PREFIX + text, name))
    except MappingError as error:
        raise type(error)(_placed(error.message, name)) from error


def _placed(message: str, name: str) -> str:
    """Return an error's message with the place where its author sees it, without one inside what isn't theirs."""
    match = re.match(rf"{re.escape(name)}:{_FIRST_LINE}:(\d+): ", message)
    if match is None:
        return message
    column = int(match[1]) - len(PREFIX)
    place = f"{name}:{_FIRST_LINE}:{column}" if column > 0 else name
    return f"{place}: {message[match.end() :]}"
