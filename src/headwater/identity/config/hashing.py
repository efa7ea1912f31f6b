"""How passwords are hashed: the parameters, as configured."""

import msgspec

# RFC 9106, section 4, second recommended option (for memory-constrained environments): 64 MiB, 3 passes, 4 lanes.
RFC_9106_LOW_MEMORY_BYTES = 64 * 1024 * 1024
RFC_9106_LOW_MEMORY_ITERATIONS = 3
RFC_9106_LANES = 4
RFC_9106_SALT_BYTES = 16
RFC_9106_KEY_BYTES = 32

KRATOS_BCRYPT_COST = 12


class Argon2(msgspec.Struct, frozen=True, kw_only=True):
    """Argon2id."""

    memory_bytes: int = RFC_9106_LOW_MEMORY_BYTES
    iterations: int = RFC_9106_LOW_MEMORY_ITERATIONS
    parallelism: int = RFC_9106_LANES
    salt_bytes: int = RFC_9106_SALT_BYTES
    key_bytes: int = RFC_9106_KEY_BYTES


class Bcrypt(msgspec.Struct, frozen=True, kw_only=True):
    """bcrypt, which reads no more than 72 bytes of a password."""

    cost: int = KRATOS_BCRYPT_COST


Hashing = Argon2 | Bcrypt
