"""What registration says (1040xxx, 4040xxx, and 4010003, which Ory counts among the login messages)."""

from headwater.identity.messages.text import UiText, error, info


def sign_up() -> UiText:
    return info(1040001, "Sign up")


def sign_up_with(provider: str, *, provider_id: str) -> UiText:
    return info(1040002, f"Sign up with {provider}", provider=provider, provider_id=provider_id)


def continue_() -> UiText:
    return info(1040003, "Continue")


def sign_up_with_security_key() -> UiText:
    return info(1040004, "Sign up with security key")


def code_sent() -> UiText:
    text = (
        "A code has been sent to the address(es) you provided. If you have not received a message, check the "
        "spelling of the address and retry the registration."
    )
    return info(1040005, text)


def send_code() -> UiText:
    return info(1040006, "Send sign up code")


def sign_up_with_passkey() -> UiText:
    return info(1040007, "Sign up with passkey")


def back() -> UiText:
    return info(1040008, "Back")


def choose_credentials() -> UiText:
    return info(1040009, "Please choose a credential to authenticate yourself with.")


def no_strategy() -> UiText:
    return error(4010003, "Could not find a strategy to sign you up with. Did you fill out the form correctly?")


def flow_expired(minutes_ago: float, *, expired_at: str, expired_at_unix: int) -> UiText:
    text = f"The registration flow expired {minutes_ago:.2f} minutes ago, please try again."
    return error(4040001, text, expired_at=expired_at, expired_at_unix=expired_at_unix)


def already_completed() -> UiText:
    return error(4040002, "The request was already completed successfully and can not be retried.")


def code_invalid_or_used() -> UiText:
    return error(4040003, "The registration code is invalid or has already been used. Please try again.")
