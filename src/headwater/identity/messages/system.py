"""What is wrong on our side or with a project's configuration (5000xxx)."""

from headwater.identity.messages.text import UiText, error


def generic(reason: str) -> UiText:
    return error(5000001, reason, reason=reason)


def no_methods() -> UiText:
    return error(5000002, "No authentication methods are available. Please contact the system administrator.")


def no_organization_providers() -> UiText:
    text = (
        "Your organization requires SSO authentication, but no SSO provider is configured. "
        "Please contact the system administrator."
    )
    return error(5000003, text)
