"""Argon2id and Argon2i (RFC 9106), version 19, in the usual PHC form."""

import re
from dataclasses import dataclass

import argon2
from argon2 import low_level

from headwater.core.secrets import Secret
from headwater.identity.passwords.formats import fields
from headwater.identity.passwords.formats.hashed import Hashed, ImportedHashError, as_bytes, is_same

PREFIXES = ("$argon2id$", "$argon2i$")
LAYOUT = "$argon2id$v=19$m=<KiB>,t=<passes>,p=<lanes>$<salt>$<hash>, both in base64 without padding"
PATTERN = re.compile(r"\$argon2(id|i)\$v=(\d+)\$m=(\d+),t=(\d+),p=(\d+)\$([^$]*)\$([^$]*)")
TYPES = {"id": argon2.Type.ID, "i": argon2.Type.I}

KIB = 1024
VERSION = "19"
MOST_MEMORY_KIB = 1024 * 1024
MOST_PASSES = 10
MOST_LANES = 16
LEAST_KIB_PER_LANE = 8
LEAST_SALT_BYTES = 8
MOST_SALT_BYTES = 1024
SLOW_KIB_PASSES = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Argon2Hash(Hashed):
    type: argon2.Type
    memory_kib: int
    passes: int
    lanes: int
    salt: bytes
    hash: bytes

    @property
    def memory_bytes(self) -> int:
        return self.memory_kib * KIB

    @property
    def is_slow(self) -> bool:
        return self.memory_kib * self.passes > SLOW_KIB_PASSES

    def verify(self, password: Secret) -> bool:
        made = low_level.hash_secret_raw(
            as_bytes(password),
            self.salt,
            time_cost=self.passes,
            memory_cost=self.memory_kib,
            parallelism=self.lanes,
            hash_len=len(self.hash),
            type=self.type,
        )
        return is_same(made, self.hash)


def parse(text: str) -> Argon2Hash:
    kind, version, memory, passes, lanes, salt, hashed = fields.match(PATTERN, text, layout=LAYOUT)
    if version != VERSION:
        raise ImportedHashError(f"Of argon2 hashes only version {VERSION} (v={VERSION}) can be verified.")
    lane_count = fields.number(lanes, name="argon2's p", least=1, most=MOST_LANES)
    least_memory = LEAST_KIB_PER_LANE * lane_count
    return Argon2Hash(
        type=TYPES[kind],
        memory_kib=fields.number(memory, name="argon2's m (KiB)", least=least_memory, most=MOST_MEMORY_KIB),
        passes=fields.number(passes, name="argon2's t", least=1, most=MOST_PASSES),
        lanes=lane_count,
        salt=fields.sized(
            fields.unpadded_base64_field(salt, name="argon2's salt"),
            name="argon2's salt",
            least=LEAST_SALT_BYTES,
            most=MOST_SALT_BYTES,
        ),
        hash=fields.key(fields.unpadded_base64_field(hashed, name="argon2's hash"), name="argon2's hash"),
    )
