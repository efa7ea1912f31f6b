"""Who a message may be addressed to: exactly one plain address, nothing that a header or a server could misread."""

import re

from headwater.identity.courier.kinds import EMAIL
from headwater.identity.courier.mail import BadRecipientError

# No spaces, commas, quotes, brackets or control characters: each has been used to add a recipient or a header.
ADDRESS = re.compile(r"[^\s\x00-\x1f\x7f<>()\[\],;:\\\"@]+@[^\s\x00-\x1f\x7f<>()\[\],;:\\\"@]+")
NUMBER = re.compile(r"\+?[0-9][0-9 ().\-/]{2,30}")
MOST_LETTERS = 320


def check(recipient: str, *, channel: str) -> str:
    """Return `recipient` unless it is more, or less, than one address. Raises BadRecipientError."""
    pattern = ADDRESS if channel == EMAIL else NUMBER
    has_only_visible = all(letter.isprintable() for letter in recipient)
    if len(recipient) > MOST_LETTERS or not has_only_visible or not pattern.fullmatch(recipient):
        raise BadRecipientError
    return recipient
