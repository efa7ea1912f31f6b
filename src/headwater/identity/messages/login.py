"""What login says (1010xxx, 4010xxx)."""

from collections.abc import Sequence

from headwater.identity.messages.printing import quoted
from headwater.identity.messages.text import UiText, error, info


def sign_in() -> UiText:
    return info(1010001, "Sign in")


def sign_in_with(provider: str, *, provider_id: str) -> UiText:
    return info(1010002, f"Sign in with {provider}", provider=provider, provider_id=provider_id)


def confirm_it_is_you() -> UiText:
    return info(1010003, "Please confirm this action by verifying that it is you.")


def second_factor_needed() -> UiText:
    return info(1010004, "Please complete the second authentication challenge.")


def verify() -> UiText:
    return info(1010005, "Verify")


def app_code() -> UiText:
    return info(1010006, "Authentication code")


def backup_code() -> UiText:
    return info(1010007, "Backup recovery code")


def sign_in_with_security_key() -> UiText:
    return info(1010008, "Sign in with a hardware key")


def use_app() -> UiText:
    return info(1010009, "Use Authenticator")


def use_backup_code() -> UiText:
    return info(1010010, "Use backup recovery code")


def continue_with_security_key() -> UiText:
    return info(1010011, "Sign in with a hardware key")


def prepare_security_key() -> UiText:
    text = "Prepare your WebAuthn device (e.g. security key, biometrics scanner, ...) and press continue."
    return info(1010012, text)


def continue_() -> UiText:
    return info(1010013, "Continue")


def code_sent() -> UiText:
    text = (
        "A code was sent to the address you provided. If you didn't receive it, please check the "
        "spelling of the address and try again."
    )
    return info(1010014, text)


def send_code() -> UiText:
    return info(1010015, "Send sign in code")


def link_to_existing(
    identifier: str,
    *,
    provider: str,
    new_login_url: str,
    credential_types: Sequence[str],
    providers: Sequence[str],
) -> UiText:
    """Say that a provider's account has somebody's email. Two context keys are there twice, as in Kratos."""
    text = (
        f"You tried to sign in with {quoted(identifier)}, but that email is already used by another account. Sign in "
        f"to your account with one of the options below to add your account {quoted(identifier)} at "
        f"{quoted(provider)} as another way to sign in."
    )
    return info(
        1010016,
        text,
        duplicateIdentifier=identifier,
        duplicate_identifier=identifier,
        provider=provider,
        newLoginUrl=new_login_url,
        new_login_url=new_login_url,
        available_credential_types=list(credential_types),
        available_providers=list(providers),
    )


def sign_in_and_link() -> UiText:
    return info(1010017, "Sign in and link")


def confirm_with(provider: str) -> UiText:
    return info(1010018, f"Confirm with {provider}", provider=provider)


def request_code() -> UiText:
    return info(1010019, "Request code to continue")


def sign_in_with_passkey() -> UiText:
    return info(1010021, "Sign in with passkey")


def sign_in_with_password() -> UiText:
    return info(1010022, "Sign in with password")


def send_code_to(address: str, *, channel: str) -> UiText:
    return info(1010023, f"Send code to {address}", address=address, channel=channel)


def sign_in_with_device() -> UiText:
    return info(1010024, "Sign in with a hardware key")


def code_sent_again_to_you() -> UiText:
    return info(1010025, "A code was sent to your address. If you didn't receive it, please try again.")


def flow_expired(minutes_ago: float, *, expired_at: str, expired_at_unix: int) -> UiText:
    text = f"The login flow expired {minutes_ago:.2f} minutes ago, please try again."
    return error(4010001, text, expired_at=expired_at, expired_at_unix=expired_at_unix)


def no_strategy() -> UiText:
    return error(4010002, "Could not find a strategy to log you in with. Did you fill out the form correctly?")


def already_completed() -> UiText:
    return error(4010007, "The request was already completed successfully and can not be retried.")


def code_invalid_or_used() -> UiText:
    return error(4010008, "The login code is invalid or has already been used. Please try again.")


def linked_credentials_differ() -> UiText:
    return error(4010009, "Linked credentials do not match.")


def address_unknown() -> UiText:
    text = "The address you entered does not match any known addresses in the current account."
    return error(4010010, text)


def identity_disabled() -> UiText:
    return error(4010011, "This account has been disabled. Please contact support for assistance.")
