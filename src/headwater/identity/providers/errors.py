"""What can go wrong between us and a provider, in words for people who sign in and for operators.

Messages name hosts and what to do; never a token, a code or a secret, and never a whole URL.
"""

from headwater.core.errors import HeadwaterError


class ProviderError(HeadwaterError):
    """The provider could not be used. Please try again, or choose another way to sign in."""

    code = "provider_failed"
    status = 502


class ProviderUnreachableError(ProviderError):
    """The provider can't be reached at the moment. Please try again, or choose another way to sign in."""

    code = "provider_unreachable"


class ProviderAnswerError(ProviderError):
    """The provider answered with something that can't be understood. Please try again later."""

    code = "provider_answer_bad"


class ProviderMisconfiguredError(ProviderError):
    """This provider is not configured correctly. Whoever runs this site has to correct it."""

    code = "provider_misconfigured"
    status = 500


class CodeRefusedError(ProviderError):
    """The provider did not accept its own code: it is used or too old. Please start again."""

    code = "provider_code_refused"
    status = 400


class ScopeNotGrantedError(ProviderError):
    """Unable to finish because one or more permissions were not granted. Please retry and accept all permissions."""

    code = "provider_scope_not_granted"
    status = 400


class IdTokenMissingError(ProviderError):
    """No ID token was returned. Please accept the "openid" permission and try again."""

    code = "id_token_missing"
    status = 400


class IdTokenRefusedError(ProviderError):
    """The ID token can't be trusted. Please start again."""

    code = "id_token_refused"
    status = 403


class IdTokenUnsupportedError(ProviderError):
    """This provider issues no ID tokens that could be submitted. Sign in through the browser."""

    code = "id_token_unsupported"
    status = 400


def refused(reason: str, text: str) -> IdTokenRefusedError:
    """Return the refusal of an ID token: `reason` is a word for programs, `text` says what did not fit."""
    return IdTokenRefusedError(f"The ID token was refused: {text}. Please start again.", reason=reason)


def misconfigured(what: str, *, todo: str) -> ProviderMisconfiguredError:
    """Return what people see of an operator's mistake, and what the operator has to do."""
    return ProviderMisconfiguredError(f"{what}. Whoever runs this site has to {todo}.")
