"""What login says (1010xxx, 4010xxx)."""

from headwater.identity.messages.text import UiText, error, info


def sign_in() -> UiText:
    return info(1010001, "Sign in")


def confirm_it_is_you() -> UiText:
    return info(1010003, "Please confirm this action by verifying that it is you.")


def second_factor_needed() -> UiText:
    return info(1010004, "Please complete the second authentication challenge.")


def code_sent() -> UiText:
    text = (
        "A code was sent to the address you provided. If you didn't receive it, please check the "
        "spelling of the address and try again."
    )
    return info(1010014, text)


def send_code() -> UiText:
    return info(1010015, "Send sign in code")


def sign_in_with_password() -> UiText:
    return info(1010022, "Sign in with password")


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


def identity_disabled() -> UiText:
    return error(4010011, "This account has been disabled. Please contact support for assistance.")
