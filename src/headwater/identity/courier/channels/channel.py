"""What every way out has in common."""

from typing import Protocol

import msgspec

from headwater.core.errors import HeadwaterError
from headwater.identity.courier.contents import Contents
from headwater.identity.courier.mail import Message


class DeliveryError(HeadwaterError):
    """The message was not delivered this time; it will be tried again."""

    code = "mail_not_delivered"
    status = 502


class RefusedMailError(DeliveryError):
    """The message was refused, and would be again; it isn't tried any more."""

    code = "mail_refused"


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """A message with its words unsealed."""

    message: Message
    contents: Contents


class Channel(Protocol):
    """One way out."""

    async def deliver(self, parcel: Parcel) -> None:
        """Return once it is delivered. Raises DeliveryError, RefusedMailError when trying again makes no sense."""
