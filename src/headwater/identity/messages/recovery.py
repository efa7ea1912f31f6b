"""What recovery says (1060xxx, 4060xxx, and 4010005, which Ory counts among the login messages)."""

from headwater.identity.messages.text import UiText, error, info, success


def recovered(minutes_left: float, *, until: str, until_unix: int) -> UiText:
    text = (
        "You successfully recovered your account. Please change your password or set up an alternative login method "
        f"(e.g. social sign in) within the next {minutes_left:.2f} minutes."
    )
    return success(
        1060001,
        text,
        privilegedSessionExpiresAt=until,
        privileged_session_expires_at=until,
        privileged_session_expires_at_unix=until_unix,
    )


def link_sent() -> UiText:
    text = (
        "An email containing a recovery link has been sent to the email address you provided. If "
        "you have not received an email, check the spelling of the address and make sure to use "
        "the address you registered with."
    )
    return info(1060002, text)


def code_sent() -> UiText:
    text = (
        "An email containing a recovery code has been sent to the email address you provided. If "
        "you have not received an email, check the spelling of the address and make sure to use "
        "the address you registered with."
    )
    return info(1060003, text)


def code_sent_to(masked_address: str) -> UiText:
    text = (
        f"A recovery code has been sent to {masked_address}. If you have not received it, check the spelling of the "
        "address and make sure to use the address you registered with."
    )
    return info(1060004, text, masked_address=masked_address)


def full_address_needed() -> UiText:
    return info(1060005, "Recover access to your account by providing your recovery address in full.")


def choose_address() -> UiText:
    return info(1060006, "How do you want to recover your account?")


def back() -> UiText:
    return info(1060007, "Back")


def no_strategy() -> UiText:
    return error(
        4010005, "Could not find a strategy to recover your account with. Did you fill out the form correctly?"
    )


def already_completed() -> UiText:
    return error(4060001, "The request was already completed successfully and can not be retried.")


def must_be_retried() -> UiText:
    return error(4060002, "The recovery flow reached a failure state and must be retried.")


def token_invalid_or_used() -> UiText:
    return error(4060004, "The recovery token is invalid or has already been used. Please retry the flow.")


def flow_expired(minutes_ago: float, *, expired_at: str, expired_at_unix: int) -> UiText:
    text = f"The recovery flow expired {minutes_ago:.2f} minutes ago, please try again."
    return error(4060005, text, expired_at=expired_at, expired_at_unix=expired_at_unix)


def code_invalid_or_used() -> UiText:
    return error(4060006, "The recovery code is invalid or has already been used. Please try again.")
