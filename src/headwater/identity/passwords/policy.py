"""What a password must be like: long enough, not too long to hash honestly, neither common nor the identifier again.

The similarity rule is Kratos's: fewer than five edits apart, or more than half of the password in common. Whether a
password is known from breaches elsewhere is asked in `breaches`, after this.
"""

from collections.abc import Sequence

from headwater.identity.config.hashing import Bcrypt
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.messages import validation
from headwater.identity.messages.text import UiText, error
from headwater.identity.passwords import common_passwords
from headwater.identity.passwords.formats.bcrypt_hash import MAX_PASSWORD_BYTES as BCRYPT_MAX_BYTES

MAX_PASSWORD_BYTES = 1024
LEAST_EDITS = 5
MOST_COMMON_SHARE = 0.5

# Longer texts are skipped, as in Kratos: comparing costs their product.
MAX_COMPARED_LENGTH = 256

TOO_COMMON = "it is one of the most commonly used passwords"


def objection_or_none(password: str, *, identifiers: Sequence[str], config: IdentityConfig) -> UiText | None:
    """Return why `password` can't be used, None if it can."""
    rules = config.methods.password
    if len(password) < rules.min_length:
        return validation.password_too_short(rules.min_length, actual=len(password))
    longest = BCRYPT_MAX_BYTES if isinstance(config.hashing, Bcrypt) else MAX_PASSWORD_BYTES
    size = len(password.encode())
    if size > longest:
        return validation.password_too_long(longest, actual=size)
    if rules.checks_similarity and any(is_similar(password, identifier) for identifier in identifiers):
        return validation.password_too_similar()
    if rules.refuses_common and common_passwords.is_common(password):
        return _too_common()
    return None


def _too_common() -> UiText:
    """Ory has no id of its own for this; 4000034 would have to claim a number of breaches."""
    return error(4000005, f"The password can not be used because {TOO_COMMON}.", reason=TOO_COMMON)


def is_similar(password: str, identifier: str) -> bool:
    """Tell whether knowing `identifier` gives `password` away."""
    one, other = password.lower(), identifier.lower()
    if not one or not other or max(len(one), len(other)) > MAX_COMPARED_LENGTH:
        return False
    return _is_within_edits(one, other, LEAST_EDITS - 1) or _shares_more_than(one, other, MOST_COMMON_SHARE)


def _shares_more_than(password: str, identifier: str, share: float) -> bool:
    """Tell whether a common run is longer than `share` of the password: then one of exactly the next length exists."""
    length = int(len(password) * share) + 1
    runs = {identifier[start : start + length] for start in range(len(identifier) - length + 1)}
    return any(password[start : start + length] in runs for start in range(len(password) - length + 1))


def _is_within_edits(one: str, other: str, edits: int) -> bool:
    """Tell whether at most `edits` insertions, deletions or substitutions lead from one text to the other."""
    if abs(len(one) - len(other)) > edits:
        return False
    row = list(range(len(other) + 1))
    for index, letter in enumerate(one, 1):
        previous, row = row, [index]
        for column, candidate in enumerate(other, 1):
            cost = previous[column - 1] + (letter != candidate)
            row.append(min(cost, previous[column] + 1, row[-1] + 1))
        if min(row) > edits:
            return False
    return row[-1] <= edits
