"""From what somebody typed to the address it may mean. Pure."""

import msgspec

from headwater.identity.courier.kinds import EMAIL, SMS
from headwater.identity.people import identifiers


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """`typed` is shown again; `value` is looked up, in the one form addresses are stored in."""

    typed: str
    value: str
    via: str

    @property
    def is_plausible(self) -> bool:
        """It could be an address at all."""
        known = identifiers.email_or_none if self.via == EMAIL else identifiers.phone_or_none
        return known(self.value) is not None


def of(typed: str) -> Recipient:
    """Return whom `typed` may mean: what has an @ is an e-mail address, all else a phone number, as in Kratos."""
    if "@" in typed:
        return Recipient(typed=typed, value=identifiers.normalised(typed), via=EMAIL)
    number = identifiers.phone_or_none(typed) or identifiers.normalised(typed)
    return Recipient(typed=typed, value=number, via=SMS)


def is_too_long(typed: str) -> bool:
    return len(typed) > identifiers.MAX_IDENTIFIER_LENGTH
