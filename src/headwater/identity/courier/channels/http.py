"""Mail by HTTP: a request whose body is the operator's Jsonnet over the message, as Kratos gives it."""

from typing import Any

import msgspec

from headwater.actions import requests
from headwater.actions.chain import Hook
from headwater.actions.errors import UnusableHookError
from headwater.actions.templates import Templates
from headwater.core.clock import Clock
from headwater.identity.config.courier_config import HttpChannel
from headwater.identity.courier.channels.channel import DeliveryError, Parcel, RefusedMailError
from headwater.mapping.evaluation import Evaluator, MappingError
from headwater.net import signing
from headwater.net.classify import describe
from headwater.net.outbound import Sender, SendError

TIMEOUT_SECONDS = 10.0
MOST_ANSWER_BYTES = 64 * 1024
FIRST_SUCCESS, FIRST_REDIRECT = 200, 300


class HttpMail:
    """Posts messages to one place. The queue tries again, this doesn't."""

    def __init__(
        self, channel: HttpChannel, *, evaluator: Evaluator, templates: Templates, sender: Sender, clock: Clock
    ) -> None:
        self._hook = Hook(
            path=f"courier channel {channel.id}",
            name=channel.id,
            config=dict(channel.request),
            rules=channel.rules,
        )
        self._templates = templates
        self._evaluator = evaluator
        self._sender = sender
        self._clock = clock

    async def deliver(self, parcel: Parcel) -> None:
        """Send the request. Raises DeliveryError, RefusedMailError when the Jsonnet cancels it."""
        try:
            request = await requests.build_or_none(
                self._hook, context(parcel), evaluator=self._evaluator, templates=self._templates
            )
        except (MappingError, UnusableHookError) as error:
            raise DeliveryError(f"The Jsonnet of this channel gives no request: {error.message}") from None
        if request is None:
            raise RefusedMailError("The Jsonnet of this channel cancelled the message.")
        bounded = msgspec.structs.replace(
            request, timeout_seconds=TIMEOUT_SECONDS, max_response_bytes=MOST_ANSWER_BYTES
        )
        signed = signing.signed(bounded, message_id=parcel.message.id, now=self._clock.now())
        try:
            answer = await self._sender.send(signed)
        except SendError as error:
            raise DeliveryError(error.message) from None
        if not FIRST_SUCCESS <= answer.status < FIRST_REDIRECT:
            raise DeliveryError(f"The receiver answered {describe(answer.status)}.")


def context(parcel: Parcel) -> dict[str, Any]:
    """Return the Jsonnet's `ctx`. An absent html_body is left out, as in Kratos."""
    message, contents = parcel.message, parcel.contents
    html = {"html_body": contents.html_body} if contents.html_body else {}
    return {
        "recipient": message.recipient,
        "subject": contents.subject,
        "body": contents.body,
        **html,
        "template_type": message.template_type,
        "template_data": contents.template_data,
        "message_type": message.channel,
        "request_headers": contents.request_headers,
    }
