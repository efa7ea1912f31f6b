"""One try to deliver one message, and the record of it."""

from collections.abc import Callable

import structlog
from sqlalchemy import Connection

from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import HeadwaterError
from headwater.core.secrets import Sealer, UnsealError
from headwater.identity.config.courier_config import CourierConfig
from headwater.identity.courier import backoff, contents, ledger
from headwater.identity.courier import mail as mails
from headwater.identity.courier.channels.channel import DeliveryError, Parcel, RefusedMailError
from headwater.identity.courier.channels.choice import WaysOut, is_captured
from headwater.identity.courier.contents import Contents
from headwater.identity.courier.kinds import SECRET_KEYS
from headwater.identity.courier.mail import Dispatch, Message
from headwater.identity.courier.writing import MASK
from headwater.store.database import Database

MOST_ERROR_LETTERS = 500
# It took its courier down each time, or courier.message_retries was lowered.
TRIED_TOO_OFTEN = "It was tried as often as courier.message_retries allows."
EMPTY = Contents(subject="", body="")

logger = structlog.get_logger(__name__)


class Attempt:
    """Makes tries."""

    def __init__(
        self, *, database: Database, sealer: Sealer, clock: Clock, ways_out: WaysOut, new_id: Callable[[], str]
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock
        self._ways_out = ways_out
        self._new_id = new_id

    async def make(self, message: Message, *, config: CourierConfig) -> None:
        """Try, and write down what became of it. Raises only when the database can't be written."""
        error = await self._failure_or_none(message, config=config)
        dispatch = Dispatch(
            id=self._new_id(),
            status=mails.SUCCESS if error is None else mails.FAILED,
            error=None if error is None else error.message[:MOST_ERROR_LETTERS],
            created_at_ms=epoch_ms(self._clock.now()),
        )
        is_last = isinstance(error, RefusedMailError) or message.send_count >= config.retries
        keeps_body = self._ways_out.shows_words or is_captured(message.channel, config=config)
        if error is not None:
            logger.warning(
                "mail_not_delivered",
                message_id=message.id,
                template=message.template_type,
                is_abandoned=is_last,
                reason=dispatch.error,
            )

        def settle(connection: Connection) -> None:
            if error is None:
                ledger.mark_sent(connection, message.id, dispatch, keeps_body=keeps_body)
            elif is_last:
                ledger.mark_abandoned(connection, message.id, dispatch, keeps_body=keeps_body)
            else:
                next_at_ms = backoff.next_try_ms(message.send_count + 1, now_ms=dispatch.created_at_ms)
                ledger.mark_failed(connection, message.id, dispatch, next_at_ms=next_at_ms)

        await self._database.write(settle)

    async def _failure_or_none(self, message: Message, *, config: CourierConfig) -> DeliveryError | None:
        if message.send_count > config.retries:
            return RefusedMailError(TRIED_TOO_OFTEN)
        said = EMPTY
        try:
            said = self._unsealed(message)
            channel = self._ways_out.choose(message.channel, config=config)
            await channel.deliver(Parcel(message=message, contents=said))
        except DeliveryError as error:
            return type(error)(_without_secrets(error.message, said))
        except UnsealError as error:
            return RefusedMailError(error.message)
        except HeadwaterError as error:
            return DeliveryError(_without_secrets(error.message, said))
        except Exception as error:  # noqa: BLE001  what a worker loop does with a bug:
            # A mistake of ours over one message must not stop the mail of everybody else. Its text may quote the
            # message, so only its kind is kept.
            logger.error("courier_bug", message_id=message.id, kind=type(error).__name__)  # noqa: TRY400  see above
            return DeliveryError(f"An internal error, {type(error).__name__}, kept it from being sent.")
        return None

    def _unsealed(self, message: Message) -> Contents:
        if message.sealed is None:
            raise RefusedMailError("Its words are no longer kept.")
        return contents.unseal(message.sealed, message_id=message.id, sealer=self._sealer)


def _without_secrets(text: str, said: Contents) -> str:
    """Return `text` with codes and links masked: servers quote what they refuse, and errors are shown to viewers."""
    for key in SECRET_KEYS & said.template_data.keys():
        secret = str(said.template_data[key])
        text = text.replace(secret, MASK) if secret else text
    return text
