"""Hashes that others made: from the RFCs, the makers' own documentation, openssl, and real Ory's decisions."""

import base64

JEFE = "what do ya want for nothing?"
LOVELACE = "Ada1815Lovelace"


def padded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def unpadded(raw: bytes) -> str:
    return padded(raw).rstrip("=")


def hmac_hash(name: str, hex_digits: str, key: bytes = b"Jefe") -> str:
    return f"$hmac-{name}${padded(hex_digits.encode())}${padded(key)}"


RFC_7914_EMPTY = bytes.fromhex(
    "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
    "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"
)
RFC_7914_SODIUM = bytes.fromhex(
    "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
    "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
)

# name: (password, hash)
VECTORS = {
    # Openwall's crypt_blowfish, wrapper.c
    "bcrypt-2a": ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
    "bcrypt-2b": ("U*U*", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"),
    "bcrypt-2y": ("U*U*U", "$2y$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"),
    "bcrypt-2z": ("", "$2z$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"),
    "bcrypt-2": ("U*U", "$2$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
    # 16 bytes of salt leave four bits of its last character unused; here they are set, and real Ory doesn't mind.
    "bcrypt-stray-bits": ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC/E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
    # phc-winner-argon2, test.c
    "argon2i": ("password", "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8"),
    "argon2id": ("password", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"),
    # RFC 6070
    "pbkdf2-sha1": (
        "password",
        f"$pbkdf2-sha1$i=4096,l=20${unpadded(b'salt')}$"
        + unpadded(bytes.fromhex("4b007901b765489abead49d926f721d065a429c1")),
    ),
    # RFC 7914, section 11
    "pbkdf2-sha256": (
        "passwd",
        f"$pbkdf2-sha256$i=1,l=64${unpadded(b'salt')}$"
        + unpadded(
            bytes.fromhex(
                "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
                "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"
            )
        ),
    ),
    # RFC 7914, section 12
    "scrypt-empty": ("", f"$scrypt$ln=16,r=1,p=1$${padded(RFC_7914_EMPTY)}"),
    "scrypt": ("pleaseletmein", f"$scrypt$ln=16384,r=8,p=1${padded(b'SodiumChloride')}${padded(RFC_7914_SODIUM)}"),
    # The sample of Firebase's own scrypt repository
    "firescrypt": (
        "user1password",
        (
            "$firescrypt$ln=14,r=8,p=1$42xEC+ixf3L2lw==$"
            "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==$Bw==$"
            "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA=="
        ),
    ),
    # RFC 1321
    "md5-bare": ("abc", "$md5$" + padded(bytes.fromhex("900150983cd24fb0d6963f7d28e17f72"))),
    # FIPS 180-4's "abc", cut in two
    "sha1-pf": (
        "bc",
        f"$sha1$pf={padded(b'{SALT}{PASSWORD}')}${padded(b'a')}$"
        + padded(bytes.fromhex("a9993e364706816aba3e25717850c26c9cd0d89d")),
    ),
    "sha256-pf": (
        "ab",
        f"$sha256$pf={padded(b'{PASSWORD}{SALT}')}${padded(b'c')}$"
        + padded(bytes.fromhex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")),
    ),
    "md5-pf": (
        "b",
        f"$md5$pf={padded(b'a{PASSWORD}{SALT}')}${padded(b'c')}$"
        + padded(bytes.fromhex("900150983cd24fb0d6963f7d28e17f72")),
    ),
    # openssl passwd -1, -5, -6
    "md5-crypt": (LOVELACE, "$md5-crypt$Analytic$BDXk2eXBCk0LIbYFMFODp."),
    "sha256-crypt": (LOVELACE, "$sha256-crypt$EngineNo1$cBtJlQzUu1ywFOtpM90qJJWLG5XORSbrNSmRe1pPrQ9"),
    "sha512-crypt": (
        LOVELACE,
        (
            "$sha512-crypt$EngineNo1$"
            "NuCQiuvVjeFr13LHMHdb53ydApQRQ512qj.eitcdZNTGJ/mdkqmFpuHl3aZpRnbg4ncppkUyH0PuHMv2NzVKY/"
        ),
    ),
    # Drepper's "Unix crypt using SHA-256 and SHA-512"; its salt is used up to the 16th character
    "sha512-crypt-rounds": (
        "Hello world!",
        (
            "$sha512-crypt$rounds=10000$saltstringsaltst$"
            "OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v."
        ),
    ),
    # openssl dgst -md4 -mac HMAC -provider legacy; and real Ory agrees
    "hmac-md4": (JEFE, hmac_hash("md4", "be192c588a8e914d8a59b474a828128f")),
    # RFC 2202
    "hmac-md5": (JEFE, hmac_hash("md5", "750c783e6ab0b503eaa86e310a5db738")),
    "hmac-sha1": (JEFE, hmac_hash("sha1", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")),
    # RFC 4231
    "hmac-sha224": (JEFE, hmac_hash("sha224", "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44")),
    "hmac-sha256": (JEFE, hmac_hash("sha256", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")),
    "hmac-sha384": (
        JEFE,
        hmac_hash(
            "sha384",
            "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
        ),
    ),
    "hmac-sha512": (
        JEFE,
        hmac_hash(
            "sha512",
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fd"
            "caeab1a34d4a6b4b636e070a38bce737",
        ),
    ),
}
