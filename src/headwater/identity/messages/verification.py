"""What verification says (1080xxx, 4070xxx, and 4010006, which Ory counts among the login messages)."""

from headwater.identity.messages.text import UiText, error, info, success


def link_sent() -> UiText:
    text = (
        "An email containing a verification link has been sent to the email address you provided."
        " If you have not received an email, check the spelling of the address and make sure to "
        "use the address you registered with."
    )
    return info(1080001, text)


def email_verified() -> UiText:
    return success(1080002, "You successfully verified your email address.")


def code_sent_by_email() -> UiText:
    text = (
        "An email containing a verification code has been sent to the email address you provided."
        " If you have not received an email, check the spelling of the address and make sure to "
        "use the address you registered with."
    )
    return info(1080003, text)


def code_sent_by_phone() -> UiText:
    text = (
        "A text message containing a verification code has been sent to the phone number you "
        "provided. If you have not received a text message, check the spelling of the number and "
        "make sure to use the number you registered with."
    )
    return info(1080004, text)


def phone_verified() -> UiText:
    return success(1080005, "You successfully verified your phone number.")


def no_strategy() -> UiText:
    return error(4010006, "Could not find a strategy to verify your account with. Did you fill out the form correctly?")


def token_invalid_or_used() -> UiText:
    return error(4070001, "The verification token is invalid or has already been used. Please retry the flow.")


def already_completed() -> UiText:
    return error(4070002, "The request was already completed successfully and can not be retried.")


def must_be_retried() -> UiText:
    return error(4070003, "The verification flow reached a failure state and must be retried.")


def flow_expired(minutes_ago: float, *, expired_at: str, expired_at_unix: int) -> UiText:
    text = f"The verification flow expired {minutes_ago:.2f} minutes ago, please try again."
    return error(4070005, text, expired_at=expired_at, expired_at_unix=expired_at_unix)


def code_invalid_or_used() -> UiText:
    return error(4070006, "The verification code is invalid or has already been used. Please try again.")
