"""What settings say (1050xxx, 4050xxx, and 4010004, which Ory counts among the login messages)."""

from headwater.identity.messages.text import UiText, error, success


def saved() -> UiText:
    return success(1050001, "Your changes have been saved!")


def no_strategy() -> UiText:
    return error(4010004, "Could not find a strategy to update your settings. Did you fill out the form correctly?")


def flow_expired(minutes_ago: float, *, expired_at: str, expired_at_unix: int) -> UiText:
    text = f"The settings flow expired {minutes_ago:.2f} minutes ago, please try again."
    return error(4050001, text, expired_at=expired_at, expired_at_unix=expired_at_unix)


def too_many_address_changes() -> UiText:
    return error(4050002, "You can only change one address at a time. Please update each address separately.")
