"""What an answer means for the flow that waits for it: reference/ory.md 1.7, whose columns are the hook's kinds."""

from http import HTTPStatus

from headwater.actions import reply
from headwater.actions.chain import Hook
from headwater.actions.errors import (
    ActionFailedError,
    ActionInterruptedError,
    ActionTimedOutError,
)
from headwater.actions.reply import NO_EDIT, BadReplyError, Edit
from headwater.actions.sending import FIRST_CLIENT_ERROR, Answer, is_worth_another
from headwater.net.classify import describe
from headwater.net.outbound import ReceiverTimeoutError, Response, SendError


def read(hook: Hook, answer: Answer) -> Edit:
    """Return what the answer changes of the identity.

    Raises ActionFailedError (ActionTimedOutError), or ActionInterruptedError where the receiver stops the flow.
    """
    response = answered(answer)
    try:
        if response.status >= FIRST_CLIENT_ERROR:
            raise ActionInterruptedError(reply.said(response.body))
        is_read = hook.parses and response.status == HTTPStatus.OK
        return reply.edit(response.body) if is_read else NO_EDIT
    except BadReplyError as error:
        raise ActionFailedError from error


def answered(answer: Answer) -> Response:
    """Return the answer if a receiver that is up and willing gave it. Raises ActionFailedError, ActionTimedOutError."""
    if isinstance(answer, ReceiverTimeoutError):
        raise ActionTimedOutError from answer
    if isinstance(answer, SendError):
        raise ActionFailedError from answer
    if is_worth_another(answer):
        raise _failed(answer)
    return answer


def accepted(answer: Answer) -> None:
    """Return if the receiver has it. Raises ActionFailedError (ActionTimedOutError): nobody asked for its opinion."""
    response = answered(answer)
    if response.status >= FIRST_CLIENT_ERROR:
        raise _failed(response)


def _failed(response: Response) -> ActionFailedError:
    return ActionFailedError(f"An Action of this flow failed: its receiver answered {describe(response.status)}.")
