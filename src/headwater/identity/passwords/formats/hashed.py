"""What every family of hashes offers: `parse`, which refuses, and a `Hashed`, which verifies and says what that costs.

Parsing is where the bounds are: a hash that was accepted never costs more than its family allows. The rule for
everything else: what Ory could verify is accepted; what nobody could ever verify, or what any password would
match, is refused when it is imported, not when its owner wants to sign in.
"""

import hmac
from abc import ABC, abstractmethod

from headwater.core.errors import BadRequestError
from headwater.core.secrets import Secret


class ImportedHashError(BadRequestError):
    """This password hash can't be used: its format is unknown, broken, or too expensive to verify."""

    code = "password_hash_refused"


class Hashed(ABC):
    """A parsed hash within its bounds. Subclasses are frozen, without a repr: tracebacks show locals."""

    __slots__ = ()

    @property
    def memory_bytes(self) -> int:
        """What one verification takes, where that is worth counting."""
        return 0

    @property
    def is_slow(self) -> bool:
        """Whether one verification takes a core for about a second, or this interpreter for long."""
        return False

    @abstractmethod
    def verify(self, password: Secret) -> bool:
        """Tell whether this was made from `password`, in a time that doesn't depend on how much of it is right."""


def as_bytes(password: Secret) -> bytes:
    """Return what is hashed: UTF-8. A lone surrogate, which nobody types, is no reason to fail."""
    return password.reveal().encode("utf-8", "surrogatepass")


def is_same(one: bytes, other: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(one, other)
