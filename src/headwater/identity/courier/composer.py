"""Writes a message for a flow, before its transaction: rendering and sealing have no place inside one."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import structlog

from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import BadRequestError
from headwater.core.secrets import Sealer
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.courier import contents, queue, recipients, writing
from headwater.identity.courier.channels.choice import http_or_none
from headwater.identity.courier.contents import Contents
from headwater.identity.courier.kinds import EMAIL, PHONE, SECRET_KEYS
from headwater.identity.courier.mail import Mail
from headwater.store.database import Database

MOST_DATA_BYTES = 256 * 1024

logger = structlog.get_logger(__name__)


class WrongChannelError(BadRequestError):
    """Messages of this kind don't go by this channel."""

    code = "wrong_channel"


class Composer:
    """Makes `Mail`."""

    def __init__(self, *, database: Database, sealer: Sealer, clock: Clock, new_id: Callable[[], str]) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock
        self._new_id = new_id

    async def compose(
        self,
        template_type: str,
        *,
        channel: str,
        recipient: str,
        data: Mapping[str, Any],
        config: IdentityConfig,
        request_headers: Mapping[str, Sequence[str]],
    ) -> Mail:
        """See `Courier.compose`."""
        recipients.check(recipient, channel=channel)
        if not writing.supports(template_type, channel):
            raise WrongChannelError(f"{template_type} doesn't go by {channel}.")
        now_ms = epoch_ms(self._clock.now())
        # Asked again in the transaction; here it saves the work.
        await self._database.read(
            lambda connection: queue.check_recipient(connection, recipient, project_id=config.project_id, now_ms=now_ms)
        )
        whole = writing.completed(data, recipient=recipient)
        templates = config.courier.templates
        headers = {name: list(values) for name, values in request_headers.items()}
        words = writing.write(
            template_type, channel=channel, data={**whole, "user_request_headers": headers}, templates=templates
        )
        mail_id = self._new_id()
        is_posted = http_or_none(channel, config=config.courier) is not None
        said = Contents(
            subject=words.subject,
            body=words.body,
            html_body=words.html_body,
            template_data=_kept(whole, is_posted=is_posted, template_type=template_type),
            request_headers=headers if is_posted else {},
        )
        return Mail(
            id=mail_id,
            type=EMAIL if channel == EMAIL else PHONE,
            channel=channel,
            template_type=template_type,
            recipient=recipient,
            subject=words.shown_subject,
            sealed=contents.seal(said, message_id=mail_id, sealer=self._sealer),
        )


def _kept(data: dict[str, Any], *, is_posted: bool, template_type: str) -> dict[str, Any]:
    """Return what of `data` is stored: for Jsonnet all of it, else the secrets only, to keep them out of errors."""
    secrets = {key: value for key, value in data.items() if key in SECRET_KEYS}
    if not is_posted:
        return secrets
    if len(msgspec.json.encode(data)) > MOST_DATA_BYTES:
        logger.warning("courier_data_left_out", template=template_type, most_bytes=MOST_DATA_BYTES)
        return {**secrets, "to": data["to"]}
    return data
