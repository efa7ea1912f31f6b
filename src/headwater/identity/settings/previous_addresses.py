"""The hook `notify_previous_addresses`: whoever had an address hears that it was changed, in case it wasn't them.

The messages are queued in the transaction of the change. Nothing here can fail it: somebody who floods an inbox, or an
address that can't be written to, costs a line in the logger.
"""

from collections.abc import Callable, Iterator

import structlog
from sqlalchemy import Connection

from headwater.actions.chain import Chain
from headwater.actions.known_hooks import ALL, ALL_VERIFIED, NOTIFY_PREVIOUS_ADDRESSES, RECIPIENTS, REMOVED
from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import HeadwaterError
from headwater.identity.codes import shown_headers
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.courier import kinds, queue
from headwater.identity.courier.courier import Courier
from headwater.identity.courier.mail import Mail, TooManyMessagesError
from headwater.identity.flows.inbound import Inbound
from headwater.identity.people import views
from headwater.identity.people.accounts import Account, Address
from headwater.identity.people.claims import VERIFIABLE

Store = Callable[[Connection], None]

logger = structlog.get_logger(__name__)


class PreviousAddresses:
    """Writes to them. One per installation."""

    def __init__(self, *, courier: Courier, clock: Clock, public_url: str) -> None:
        self._courier = courier
        self._clock = clock
        self._public_url = public_url

    async def told(
        self, before: Account, after: Account, *, chain: Chain, inbound: Inbound, config: IdentityConfig
    ) -> Store:
        """Write the messages that `chain` wants, and return what queues them with the change. Never raises."""
        hook = chain.built_in.get(NOTIFY_PREVIOUS_ADDRESSES)
        mails: list[Mail] = []
        for address in recipients(before, after, mode=hook.config.get(RECIPIENTS, REMOVED)) if hook else ():
            try:
                mails.append(await self._letter(address, after, inbound=inbound, config=config))
            except HeadwaterError as error:
                logger.warning("previous_address_not_told", via=address.via, reason=error.message)

        def store(connection: Connection) -> None:
            now_ms = epoch_ms(self._clock.now())
            for mail in mails:
                try:
                    queue.enqueue(connection, mail, project_id=config.project_id, now_ms=now_ms)
                except TooManyMessagesError as error:
                    logger.warning("previous_address_not_told", via=mail.channel, reason=error.message)

        return store

    async def _letter(self, address: Address, after: Account, *, inbound: Inbound, config: IdentityConfig) -> Mail:
        data = {
            "identity": views.identity(after, public_url=self._public_url),
            "changed_at": views.time(epoch_ms(self._clock.now())),
        }
        return await self._courier.compose(
            kinds.VERIFIABLE_ADDRESS_CHANGED,
            channel=address.via,
            recipient=address.value,
            data=data,
            config=config,
            request_headers=shown_headers.of(inbound, config=config),
        )


def recipients(before: Account, after: Account, *, mode: str) -> list[Address]:
    """Return which of the addresses that somebody had are told; none where the same ones are theirs still."""
    had, has = list(_verifiable(before)), {_place(item) for item in _verifiable(after)}
    if {_place(item) for item in had} == has:
        return []
    if mode == ALL:
        return had
    if mode == ALL_VERIFIED:
        return [item for item in had if item.verified]
    return [item for item in had if _place(item) not in has]


def _verifiable(account: Account) -> Iterator[Address]:
    return (item for item in account.addresses if item.purpose == VERIFIABLE)


def _place(address: Address) -> tuple[str, str]:
    return address.via, address.value
