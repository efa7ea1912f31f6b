"""Are the secrets of social sign-in ones that can work? Asked once, when they are written.

Not part of reading: a reference to the wrong secret must not stop the server that runs on it. Nothing a secret
says is in any message.
"""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from headwater.identity.config.section import Section, problem
from headwater.identity.config.social_config import APPLE
from headwater.workspace.kept_secrets import KEPT

MOST_CHARACTERS = 16 * 1024
PEM = "-----BEGIN PRIVATE KEY-----"
EXPECTED = f"must be the .p8 file from Apple as it is: {PEM}, lines of base64, and the end line (PKCS 8, P-256)"
ESCAPED = "\\n"
UNFOLDED = r"holds \n as two characters where lines end; in JSON write \n once, in a shell use $'…' or a file"


def check(method: Section) -> None:
    """Raise ConfigProblem, naming the path, for a secret of `selfservice.methods.oidc` that nothing could use."""
    for provider in method.section("config").sections("providers"):
        for key in ("client_secret", "apple_private_key"):
            if len(provider.text(key, "")) > MOST_CHARACTERS:
                raise problem(provider.at(key), f"is longer than {MOST_CHARACTERS} characters")
        if provider.text("provider", "") == APPLE:
            _check_key(provider.text("apple_private_key", ""), provider.at("apple_private_key"))


def _check_key(text: str, path: str) -> None:
    if text.startswith(KEPT):
        return  # looked at when it was written
    if not text.strip().startswith(PEM):
        raise problem(path, EXPECTED)
    if ESCAPED in text:
        raise problem(path, UNFOLDED)
    try:
        key = load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # Whatever the library has to say might quote the key.
        raise problem(path, f"can't be read; it {EXPECTED}") from None
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise problem(path, f"is a key of another sort; it {EXPECTED}")
