"""How a flow fails because of an Action. What they say is read by the person who signs up: no URL, no body."""

from typing import ClassVar

from headwater.actions.reply import Said
from headwater.core.errors import HeadwaterError

MAX_QUOTED = 1_024
STOPPED = "Whoever runs this site does not let you go on here."


class ActionFailedError(HeadwaterError):
    """An Action of this flow failed: its receiver did not answer as it should. Submit the same flow again soon."""

    code = "action_failed"
    status = 502
    # What is said instead where there is no flow yet that could be submitted again.
    before_flow: ClassVar[str] = (
        "An Action before this flow failed: its receiver did not answer as it should. Please try again in a moment."
    )


class ActionTimedOutError(ActionFailedError):
    """An Action of this flow failed: its receiver took too long. Submit the same flow again soon."""

    code = "action_timed_out"
    status = 504
    before_flow = "An Action before this flow failed: its receiver took too long. Please try again in a moment."


class ActionNotRenderedError(ActionFailedError):
    """An Action of this flow failed: its request could not be made. The server's operator finds why in the logger."""

    code = "action_not_rendered"
    status = 500
    before_flow = "An Action before this flow failed: its request could not be made. The server's operator finds why."


class AnswerNotReadError(ActionFailedError):
    """An Action of this flow failed: its receiver's answer could not be read. The server's operator finds why."""

    code = "action_answer_not_read"
    before_flow = (
        "An Action before this flow failed: its receiver's answer could not be read. The server's operator finds why."
    )


class ActionInterruptedError(HeadwaterError):
    """An Action of this flow stopped it. `said` is why, for the person. The message is for flows that show no form."""

    code = "action_interrupted"
    status = 400

    def __init__(self, said: tuple[Said, ...]) -> None:
        texts = " ".join(message.text for item in said for message in item.messages if message.text)
        super().__init__(texts[:MAX_QUOTED] or STOPPED)
        self.said = said


class UnusableHookError(HeadwaterError):
    """The configuration of an Action can't become a request."""

    code = "unusable_hook"
