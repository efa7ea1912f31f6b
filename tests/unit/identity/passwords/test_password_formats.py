"""Every family of hashes: it knows its own password, and neither another one nor a tampered hash."""

# ruff: noqa: S303  old digests are what people bring along

import hmac

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from hash_vectors import VECTORS, padded, unpadded

from headwater.core.secrets import Secret
from headwater.identity.config.hashing import Argon2, Bcrypt
from headwater.identity.passwords import families, imported
from headwater.identity.passwords.formats.hashed import ImportedHashError

SALT = b"pinch of Babbage's"
PASSWORD = "gr\u00e4ce \u2603 hopper"
SHA2_AND_3 = {
    "sha1": hashes.SHA1(),
    "sha224": hashes.SHA3_224(),  # Ory's surprise: these two are SHA-3
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA3_384(),
    "sha512": hashes.SHA512(),
}
LDAP = {"SSHA": hashes.SHA1(), "SSHA256": hashes.SHA256(), "SSHA512": hashes.SHA512()}
DIGESTS = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256(), "sha512": hashes.SHA512(), "md5": hashes.MD5()}


def verifies(password: str, hashed: str) -> bool:
    return imported.verify(Secret(password), Secret(hashed))


def digest(algorithm, data: bytes) -> bytes:
    maker = hashes.Hash(algorithm)
    maker.update(data)
    return maker.finalize()


@pytest.mark.parametrize("name", VECTORS)
def test_known_hashes_know_their_password_and_no_other(name):
    password, hashed = VECTORS[name]

    imported.check(Secret(hashed))
    assert verifies(password, hashed)
    assert not verifies(password + "!", hashed)
    assert not verifies(password[:-1] + "\u0430", hashed)  # Cyrillic


@pytest.mark.parametrize("name", VECTORS)
def test_a_hash_that_mallory_changed_by_one_character_knows_nobody(name):
    password, hashed = VECTORS[name]
    for place in range(len(hashed) - 8, hashed.index("$", 1) if hashed[0] == "$" else 10, -7):
        if hashed[place] in "$=,." or hashed[place - 1] in "$=,":
            continue
        tampered = hashed[:place] + ("A" if hashed[place] != "A" else "B") + hashed[place + 1 :]
        try:
            assert not verifies(password, tampered), tampered
        except ImportedHashError:
            continue


@pytest.mark.parametrize("name", SHA2_AND_3)
@pytest.mark.parametrize("length", [16, 33, 128])
def test_pbkdf2_agrees_with_another_library_and_with_orys_choice_of_digests(name, length):
    made = PBKDF2HMAC(algorithm=SHA2_AND_3[name], length=length, salt=SALT, iterations=17).derive(PASSWORD.encode())
    hashed = f"$pbkdf2-{name}$i=17,l={length}${unpadded(SALT)}${unpadded(made)}"

    assert verifies(PASSWORD, hashed)
    assert not verifies("grace hopper", hashed)


def test_pbkdf2_under_sha224_is_not_the_sha2_one():
    made = PBKDF2HMAC(algorithm=hashes.SHA224(), length=32, salt=SALT, iterations=17).derive(PASSWORD.encode())

    assert not verifies(PASSWORD, f"$pbkdf2-sha224$i=17,l=32${unpadded(SALT)}${unpadded(made)}")


@pytest.mark.parametrize(("n", "r", "p"), [(2, 1, 1), (2**15, 1, 1), (64, 8, 10), (2**17, 8, 1)])
def test_scrypt_agrees_with_another_library_up_to_its_bounds(n, r, p):
    made = Scrypt(salt=SALT, length=64, n=n, r=r, p=p).derive(PASSWORD.encode())
    hashed = f"$scrypt$ln={n},r={r},p={p}${padded(SALT)}${padded(made)}"

    assert verifies(PASSWORD, hashed)


@pytest.mark.parametrize("name", LDAP)
def test_ldap_hashes_agree_with_another_library(name):
    hashed = f"{{{name}}}" + padded(digest(LDAP[name], PASSWORD.encode() + SALT) + SALT)

    assert verifies(PASSWORD, hashed)
    assert not verifies(PASSWORD + SALT.decode()[0], hashed)


@pytest.mark.parametrize("name", DIGESTS)
@pytest.mark.parametrize("salt", [SALT, b"", b"{PASSWORD}"], ids=["salt", "none", "placeholder"])
def test_password_formats_are_filled_in_once_whatever_the_values_spell(name, salt):
    password = "{SALT}{PASSWORD}"
    arranged = b"$" + salt + b"$" + password.encode() + salt
    pf = padded(b"${SALT}${PASSWORD}{SALT}")
    hashed = f"${name}$pf={pf}${padded(salt)}${padded(digest(DIGESTS[name], arranged))}"

    assert verifies(password, hashed)
    assert not verifies(SALT.decode() + password, hashed)


def test_hmac_takes_an_empty_key_as_ory_does():
    made = hmac.new(b"", PASSWORD.encode(), "sha256").hexdigest()

    assert verifies(PASSWORD, f"$hmac-sha256${padded(made.encode())}$")


def test_every_prefix_has_a_vector():
    seen = {prefix for _, hashed in VECTORS.values() for prefix in families.FAMILIES if hashed.startswith(prefix)}
    computed_here = {f"{{{name}}}" for name in LDAP} | {f"${name}$" for name in DIGESTS}
    computed_here |= {f"$pbkdf2-{name}$" for name in SHA2_AND_3}

    assert set(families.FAMILIES) == seen | computed_here


@pytest.mark.parametrize("name", ["bcrypt-2a", "md5-crypt", "sha512-crypt"])
def test_a_password_is_never_cut_off_silently(name):
    password, hashed = VECTORS[name]

    assert not verifies(password + "\0", hashed)
    assert not verifies(password + "\0rest", hashed)
    assert not verifies("x" * 5000, hashed)


def test_an_endless_password_is_refused_before_it_costs_anything():
    _, hashed = VECTORS["md5-bare"]
    long = "x" * (imported.MAX_PASSWORD_BYTES + 1)
    exact = f"$md5${padded(digest(hashes.MD5(), long.encode()))}"

    assert not verifies(long, exact)
    assert not verifies(long, hashed)


def test_a_lone_surrogate_is_a_wrong_password_and_no_crash():
    for password, hashed in VECTORS.values():
        assert not verifies(password + "\ud800", hashed)


@pytest.mark.parametrize(
    ("hashed", "hashing", "expected"),
    [
        (VECTORS["bcrypt-2a"][1], Bcrypt(cost=5), False),
        (VECTORS["bcrypt-2y"][1], Bcrypt(cost=5), False),
        (VECTORS["bcrypt-2a"][1], Bcrypt(cost=6), True),
        (VECTORS["bcrypt-2a"][1], Argon2(), True),
        (VECTORS["md5-bare"][1], Bcrypt(), True),
        ("corrupt", Argon2(), True),
    ],
    ids=["same-cost", "other-spelling", "other-cost", "other-algorithm", "md5", "corrupt"],
)
def test_who_signs_in_with_a_hash_of_other_parameters_gets_a_new_one(hashed, hashing, expected):
    assert imported.needs_rehash(Secret(hashed), hashing=hashing) is expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, False),
        ({"memory_bytes": 512 * 1024}, True),
        ({"iterations": 3}, True),
        ({"parallelism": 2}, True),
        ({"salt_bytes": 16}, True),
        ({"key_bytes": 64}, True),
    ],
    ids=["same", "memory", "passes", "lanes", "salt", "key"],
)
def test_every_argon2_parameter_counts(change, expected):
    same = {"memory_bytes": 256 * 1024, "iterations": 2, "parallelism": 1, "salt_bytes": 8, "key_bytes": 32}
    hashing = Argon2(**{**same, **change})

    assert imported.needs_rehash(Secret(VECTORS["argon2id"][1]), hashing=hashing) is expected
    assert imported.needs_rehash(Secret(VECTORS["argon2i"][1]), hashing=hashing)
