"""What whoami answered, word for word, for as long as nothing at all was committed since.

Not a cache with a time to live: each recall asks the database whether it is still the same, which takes two
microseconds. A revoked session, a disabled person, a changed trait are seen by the very next question, whoever
changed them. Without it a whoami costs three no-op requests, with it one and a half (bench, row `whoami`).
"""

import sqlite3
from collections import OrderedDict
from dataclasses import dataclass

from headwater.core import secrets
from headwater.core.secrets import Secret
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.sessions.near import Near

KEPT = 4_096
NOTHING = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer, and what it depends on beside the database: the configuration and the time."""

    config: IdentityConfig
    expires_at_ms: int
    identity_id: str
    body: bytes


class Memory:
    """Answers by token. Remembers nothing where the database isn't at hand."""

    def __init__(self, near: Near | None) -> None:
        self._near = near
        self._version = NOTHING
        self._answers: OrderedDict[str, Answered] = OrderedDict()

    def recall(self, token: Secret, *, config: IdentityConfig, now_ms: int) -> Answered | None:
        """Return the answer to this token if asking again would give the same."""
        if not self._is_current():
            return None
        found = self._answers.get(secrets.fingerprint(token.reveal()))
        if found is None or found.config is not config or found.expires_at_ms <= now_ms:
            return None
        return found

    @property
    def version(self) -> int:
        """What the last `recall` saw of the database; give it to `remember`."""
        return self._version

    def remember(self, token: Secret, answer: Answered, *, version: int) -> None:
        """Keep an answer that was read after the `recall` that saw `version`.

        Somebody else may have recalled meanwhile, and seen a later commit that this answer doesn't know: then it is
        not kept. A commit that nobody has seen yet makes it forgotten at the next recall.
        """
        if self._near is None or version != self._version or version == NOTHING:
            return
        self._answers[secrets.fingerprint(token.reveal())] = answer
        while len(self._answers) > KEPT:
            self._answers.popitem(last=False)

    def _is_current(self) -> bool:
        """Forget everything if anybody has committed anything; tell whether anything can be known."""
        if self._near is None:
            return False
        try:
            version = self._near.version()
        except sqlite3.OperationalError:
            version = NOTHING
        if version != self._version or version == NOTHING:
            self._answers.clear()
            self._version = version
        return version != NOTHING
