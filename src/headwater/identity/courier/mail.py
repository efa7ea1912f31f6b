"""One message to one person, as flows queue it and as the queue gives it back."""

import msgspec

from headwater.core.errors import BadRequestError, TooManyRequestsError

QUEUED = "queued"
PROCESSING = "processing"
SENT = "sent"
ABANDONED = "abandoned"
STATUSES = (QUEUED, PROCESSING, SENT, ABANDONED)

SUCCESS = "success"
FAILED = "failed"


class BadRecipientError(BadRequestError):
    """This address can't be written to: it must be one plain e-mail address or phone number."""

    code = "bad_recipient"


# A flow that must not tell whether somebody exists catches this and answers as always.
class TooManyMessagesError(TooManyRequestsError):
    """Too many messages were sent here in a short time. Wait a minute, then try again."""

    code = "too_many_messages"
    retry_after_seconds = 60


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is written and not yet queued: `Courier.compose` makes it, `queue.enqueue` stores it.

    Nothing in it is readable but what may be: `subject` has codes and links masked, and `sealed` holds the rest.
    `type` is Ory's (email or phone), `channel` is how it leaves (email or sms).
    """

    id: str
    type: str
    channel: str
    template_type: str
    recipient: str
    subject: str
    sealed: bytes


class Dispatch(msgspec.Struct, frozen=True, kw_only=True):
    """One try. `error` is one sentence, None when it worked."""

    id: str
    status: str
    error: str | None
    created_at_ms: int


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A stored message. `sealed` is None once its bodies are no longer kept."""

    id: str
    project_id: str
    status: str
    type: str
    channel: str
    template_type: str
    recipient: str
    subject: str
    sealed: bytes | None
    send_count: int
    next_at_ms: int
    created_at_ms: int
    updated_at_ms: int
    dispatches: tuple[Dispatch, ...] = ()
