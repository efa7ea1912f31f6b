"""What an answer means for the hook that waited for it: one mechanism for real calls and for those being tried."""

from typing import Any

from headwater.actions import verdict
from headwater.actions.answer_mapping import AnswerMapping
from headwater.actions.chain import Hook
from headwater.actions.reply import NO_EDIT, Edit
from headwater.actions.sending import Answer
from headwater.actions.templates import Templates
from headwater.mapping.evaluation import Evaluator


class Reading:
    """Reads answers as their hooks ask for."""

    def __init__(self, *, evaluator: Evaluator, templates: Templates) -> None:
        self._mapping = AnswerMapping(evaluator=evaluator, templates=templates)

    async def read(self, hook: Hook, context: dict[str, Any], answer: Answer) -> Edit:
        """Return what the answer changes of the identity.

        Raises ActionInterruptedError where it stops the flow, ActionFailedError where the flow fails with it.
        """
        if hook.mapping:
            return await self._mapping.read(hook, context, verdict.answered(answer))
        if hook.is_blocking:
            return verdict.read(hook, answer)
        verdict.accepted(answer)
        return NO_EDIT
