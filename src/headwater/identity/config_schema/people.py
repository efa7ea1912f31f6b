"""`identity` and what guards people: schemas, hooks of operators' changes, hashing, hidden accounts. Pure."""

from headwater.actions.known_hooks import CHANGES
from headwater.identity.config.hashing import Argon2, Bcrypt
from headwater.identity.config_schema.nodes import (
    Node,
    choice,
    duration,
    flag,
    idle,
    members,
    ours,
    same,
    several,
    size,
    text,
    texts,
    whole,
)
from headwater.identity.people.presets import EMAIL_PRESET

HASHED_BY_ITSELF = "Headwater bounds by itself how much is hashed at once"
SELF_CONTAINED = "a schema may only ever refer to itself"
ANY_ORIGIN = "name the origins in serve.public.cors"

BCRYPT_COST = (4, 15)
ARGON2_ITERATIONS = (1, 10)
ARGON2_PARALLELISM = (1, 16)
ARGON2_BYTES = (16, 64)


def identity() -> Node:
    """Return `identity`."""
    schema = {
        "id": text("Its name.", sample=EMAIL_PRESET),
        "url": text("The schema itself, as preset:// or base64://.", sample=EMAIL_PRESET),
        "selfservice_selectable": flag("Whether whoever signs up may choose it.", default=False),
    }
    listed = several(members("One schema.", schema, required=("id", "url")), "What people have for traits.", least=1)
    done = members("When it was done.", {"hooks": same("hooks")})
    known = {
        "default_schema_id": text("The schema of whoever chooses none.", default="default", sample=EMAIL_PRESET),
        "schemas": listed,
        "after": ours(members("Hooks of what operators do to people.", dict.fromkeys(CHANGES, done))),
    }
    return members("Who people are.", known, required=("schemas",))


def hashers() -> Node:
    """Return `hashers`."""
    argon2, bcrypt = Argon2(), Bcrypt()
    known = {
        "memory": size("How much memory a hash takes.", default=f"{argon2.memory_bytes // 1024**2}MB"),
        "iterations": _bounded("How many passes.", ARGON2_ITERATIONS, default=argon2.iterations),
        "parallelism": _bounded("How many lanes.", ARGON2_PARALLELISM, default=argon2.parallelism),
        "salt_length": _bounded("Bytes of salt.", ARGON2_BYTES, default=argon2.salt_bytes),
        "key_length": _bounded("Bytes of hash.", ARGON2_BYTES, default=argon2.key_bytes),
        "expected_duration": idle(duration("How long one should take."), HASHED_BY_ITSELF),
        "expected_deviation": idle(duration("How far off it may be."), HASHED_BY_ITSELF),
        "dedicated_memory": idle(size("How much memory all may take."), HASHED_BY_ITSELF),
    }
    cost = _bounded("Its cost.", BCRYPT_COST, default=bcrypt.cost)
    return members(
        "How passwords are kept.",
        {
            "algorithm": choice("Of new hashes.", ("argon2", "bcrypt"), what="algorithm", default="argon2"),
            "argon2": members("Argon2id.", known),
            "bcrypt": members("bcrypt.", {"cost": cost}),
        },
    )


def security() -> Node:
    """Return `security`."""
    hidden = flag("Whether nobody is told if an account exists.", default=False)
    known = {
        "account_enumeration": members("Who may learn that an account exists.", {"mitigate": hidden}),
        "disallow_ref_in_identity_schemas": idle(flag("Whether schemas must be whole.", default=False), SELF_CONTAINED),
        "restricted_origins": idle(texts("Origins that may not call."), ANY_ORIGIN),
    }
    return members("What strangers may find out.", known)


def _bounded(about: str, bounds: tuple[int, int], *, default: int) -> Node:
    return whole(about, least=bounds[0], most=bounds[1], default=default)
