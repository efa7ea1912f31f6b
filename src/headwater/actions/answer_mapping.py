"""`response.mapping` (ours): Jsonnet that reads a receiver's answer, so that any API can say no, or change somebody.

`function(ctx, response)`, where `response` has `status`, `headers` (lower-case) and `body` (parsed, if it is JSON). It
gives what Ory reads of a receiver that knows Ory: `{identity: …}`, `{messages: […]}`, both, or null to go on.
"""

from typing import Any

import msgspec

from headwater.actions import reply
from headwater.actions.chain import Hook
from headwater.actions.errors import ActionInterruptedError, AnswerNotReadError, UnusableHookError
from headwater.actions.reply import BadReplyError, Edit
from headwater.actions.templates import Templates
from headwater.mapping.evaluation import Evaluator, MappingError
from headwater.net.outbound import Response

SNIPPET_NAME = "response.mapping"
MAX_BODY_BYTES = 256 * 1024


class AnswerMapping:
    """Reads answers."""

    def __init__(self, *, evaluator: Evaluator, templates: Templates) -> None:
        self._evaluator = evaluator
        self._templates = templates

    async def read(self, hook: Hook, context: dict[str, Any], response: Response) -> Edit:
        """Return what the answer changes of the identity.

        Raises ActionInterruptedError where it stops the flow, AnswerNotReadError where the mapping fails.
        """
        try:
            snippet = await self._templates.load(hook.mapping, name=SNIPPET_NAME, rules=hook.rules)
            arguments = {"ctx": context, "response": view(response)}
            said, edit = reply.mapped(await self._evaluator.evaluate(snippet, arguments=arguments))
        except (UnusableHookError, MappingError, BadReplyError) as error:
            raise AnswerNotReadError from error
        if said:
            raise ActionInterruptedError(said)
        return edit


def view(response: Response) -> dict[str, Any]:
    """Return the answer as the mapping sees it. A body beyond 256 KiB is cut, and then text."""
    body = response.body[:MAX_BODY_BYTES]
    try:
        parsed: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        parsed = body.decode(errors="replace")
    return {"status": response.status, "headers": dict(response.headers), "body": parsed}
