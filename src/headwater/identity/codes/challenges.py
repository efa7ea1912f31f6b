"""One-time codes and links as stored: who may redeem which, until when, once. SQL and hashing; sends nothing.

A six-digit code has a million values, so its bare hash would hide nothing: it is keyed with the installation's own
secret and bound to its flow. A flow's guesses are counted (`flow.count_submission`) before one is looked at.
"""

import hashlib
import hmac
import secrets as randomness

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from headwater.core import ids
from headwater.core.secrets import Secret
from headwater.store.tables import challenges, identities

CODE_DIGITS = 6
TOKEN_PREFIX = ""
LINK_SUFFIX = "_link"

# Redeemed or not, this long after it expired nobody asks for it any more.
KEPT_AFTER_EXPIRY_MS = 24 * 3600 * 1000

# Built once: putting a statement together takes longer than running it.
# Somebody deleted since they were looked up is nobody, to whom this is just another challenge.
INSERT = insert(challenges).values(
    identity_id=select(identities.c.id).where(identities.c.id == bindparam("owner_id")).scalar_subquery()
)
FORGET = delete(challenges).where(challenges.c.expires_at_ms < bindparam("before_ms"))
WITHDRAW_CODES = delete(challenges).where(
    challenges.c.flow_id == bindparam("flow_id"), ~challenges.c.purpose.endswith(LINK_SUFFIX, autoescape=True)
)


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was sent to `address`, to be given back. `identity_id` is None for people who don't exist (yet).

    `purpose` tells codes from links, too: guesses at codes are counted, so a code must not pass for a link's token.
    """

    id: str
    flow_id: str
    purpose: str
    identity_id: str | None
    address: str
    via: str
    created_at_ms: int
    expires_at_ms: int
    used_at_ms: int | None = None


def link_purpose(kind: str) -> str:
    """Return the purpose of a link of this kind of flow; a code's is the kind itself."""
    return f"{kind}{LINK_SUFFIX}"


def new_code() -> Secret:
    """Return six random digits."""
    return Secret("".join(randomness.choice("0123456789") for _ in range(CODE_DIGITS)))


def new_link_token() -> Secret:
    """Return a random token for a link."""
    return Secret(ids.new_token(TOKEN_PREFIX))


class Challenges:
    """Issues and redeems, with the installation's key. Every method runs in its caller's transaction."""

    def __init__(self, key: bytes) -> None:
        self._key = hmac.new(key, b"one-time codes", hashlib.sha256).digest()

    def issue(self, connection: Connection, challenge: Challenge, secret: Secret, *, project_id: str) -> None:
        """Store a challenge. Earlier codes of the flow stop working, as guesses are counted for one code only.

        Earlier links stay good until they are used or expire: nobody guesses them, and mails overtake each other.
        """
        connection.execute(WITHDRAW_CODES, {"flow_id": challenge.flow_id})
        connection.execute(FORGET, {"before_ms": challenge.created_at_ms - KEPT_AFTER_EXPIRY_MS})
        row = {
            **{name: value for name, value in msgspec.structs.asdict(challenge).items() if name != "identity_id"},
            "owner_id": challenge.identity_id,
            "project_id": project_id,
            "secret_sha256": self._hashed(secret, flow_id=challenge.flow_id),
        }
        connection.execute(INSERT, row)

    def find_or_none(self, connection: Connection, secret: Secret, *, flow_id: str, purpose: str) -> Challenge | None:
        """Return the flow's challenge that `secret` answers, used and expired ones included: the caller says which."""
        chosen = (
            challenges.c.flow_id == flow_id,
            challenges.c.purpose == purpose,
            challenges.c.secret_sha256 == self._hashed(secret, flow_id=flow_id),
        )
        row = connection.execute(select(challenges).where(*chosen)).first()
        if row is None:
            return None
        return Challenge(
            id=row.id,
            flow_id=row.flow_id,
            purpose=row.purpose,
            identity_id=row.identity_id,
            address=row.address,
            via=row.via,
            created_at_ms=row.created_at_ms,
            expires_at_ms=row.expires_at_ms,
            used_at_ms=row.used_at_ms,
        )

    def use(self, connection: Connection, challenge: Challenge, *, now_ms: int) -> bool:
        """Mark it used; False if somebody was faster. The constraint decides, not a look beforehand."""
        chosen = challenges.c.id == challenge.id, challenges.c.used_at_ms.is_(None)
        return connection.execute(update(challenges).where(*chosen).values(used_at_ms=now_ms)).rowcount > 0

    def _hashed(self, secret: Secret, *, flow_id: str) -> str:
        return hmac.new(self._key, f"{flow_id} {secret.reveal()}".encode(), hashlib.sha256).hexdigest()
