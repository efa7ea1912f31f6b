"""What can be written to people: Kratos's template types, and what each of their templates may name.

`data` is keyed as Kratos's JSON (`recovery_code`); templates use the Go spelling (`.RecoveryCode`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

EMAIL = "email"
SMS = "sms"
PHONE = "phone"  # how Ory's message type calls what goes by SMS

RECOVERY_VALID = "recovery_valid"
RECOVERY_INVALID = "recovery_invalid"
RECOVERY_CODE_VALID = "recovery_code_valid"
RECOVERY_CODE_INVALID = "recovery_code_invalid"
VERIFICATION_VALID = "verification_valid"
VERIFICATION_INVALID = "verification_invalid"
VERIFICATION_CODE_VALID = "verification_code_valid"
VERIFICATION_CODE_INVALID = "verification_code_invalid"
LOGIN_CODE_VALID = "login_code_valid"
REGISTRATION_CODE_VALID = "registration_code_valid"
VERIFIABLE_ADDRESS_CHANGED = "verifiable_address_changed"
AUTHENTICATOR_KEY_ADDED = "authenticator_key_added"
STUB = "stub"

GO_NAMES: Mapping[str, str] = {
    "to": "To",
    "recovery_url": "RecoveryURL",
    "recovery_code": "RecoveryCode",
    "verification_url": "VerificationURL",
    "verification_code": "VerificationCode",
    "login_code": "LoginCode",
    "registration_code": "RegistrationCode",
    "identity": "Identity",
    "traits": "Traits",
    "request_url": "RequestURL",
    "request_url_domain": "RequestURLDomain",
    "transient_payload": "TransientPayload",
    "expires_in_minutes": "ExpiresInMinutes",
    "changed_at": "ChangedAt",
    "added_at": "AddedAt",
    "subject": "Subject",
    "body": "Body",
    "html_body": "HTMLBody",
    "oauth2_login_request": "OAuth2LoginRequest",
    "user_request_headers": "UserRequestHeaders",
}
# Whoever reads one of these can act as the person: they are stored sealed only, and masked wherever else.
SECRET_KEYS = frozenset(
    {"recovery_url", "recovery_code", "verification_url", "verification_code", "login_code", "registration_code"}
)
# Every template may name these, though not every flow fills them.
COMMON_KEYS = (
    "to",
    "identity",
    "request_url",
    "request_url_domain",
    "transient_payload",
    "expires_in_minutes",
    "oauth2_login_request",
    "user_request_headers",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A template type. `keys` are its own data; `channels` says how it can be sent.

    `name` and `variant` are where `courier.templates` overrides it.
    """

    name: str
    variant: str
    keys: tuple[str, ...] = ()
    channels: tuple[str, ...] = (EMAIL,)

    @property
    def fields(self) -> frozenset[str]:
        """The Go names a template of this kind may begin with."""
        return frozenset(GO_NAMES[key] for key in (*COMMON_KEYS, *self.keys))


VALID = "valid"
INVALID = "invalid"
BOTH = (EMAIL, SMS)

KINDS: Mapping[str, Kind] = {
    RECOVERY_VALID: Kind(name="recovery", variant=VALID, keys=("recovery_url",)),
    RECOVERY_INVALID: Kind(name="recovery", variant=INVALID),
    RECOVERY_CODE_VALID: Kind(name="recovery_code", variant=VALID, keys=("recovery_code",), channels=BOTH),
    RECOVERY_CODE_INVALID: Kind(name="recovery_code", variant=INVALID),
    VERIFICATION_VALID: Kind(name="verification", variant=VALID, keys=("verification_url",)),
    VERIFICATION_INVALID: Kind(name="verification", variant=INVALID),
    VERIFICATION_CODE_VALID: Kind(
        name="verification_code", variant=VALID, keys=("verification_url", "verification_code"), channels=BOTH
    ),
    VERIFICATION_CODE_INVALID: Kind(name="verification_code", variant=INVALID),
    LOGIN_CODE_VALID: Kind(name="login_code", variant=VALID, keys=("login_code",), channels=BOTH),
    REGISTRATION_CODE_VALID: Kind(
        name="registration_code", variant=VALID, keys=("registration_code", "traits"), channels=BOTH
    ),
    VERIFIABLE_ADDRESS_CHANGED: Kind(
        name="verifiable_address_changed", variant="", keys=("changed_at",), channels=BOTH
    ),
    AUTHENTICATOR_KEY_ADDED: Kind(name="authenticator_key_added", variant="", keys=("added_at",), channels=BOTH),
    STUB: Kind(name="stub", variant="", keys=("subject", "body", "html_body"), channels=BOTH),
}
