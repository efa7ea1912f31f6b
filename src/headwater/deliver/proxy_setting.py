"""The setting `proxy` of every kind that speaks HTTP: user and password are secrets, the host is not. Pure."""

from headwater.net import proxies
from headwater.net.outbound import BadOutboundRequestError
from headwater.workspace import references

WITHHELD = "***"


def check(text: str) -> None:
    """Raise ValueError for what is no proxy, and doesn't name one either (`env:NAME`)."""
    if only_shows(text):
        raise ValueError(f"{WITHHELD} stands for a user and password; there are none. Write them.")
    if not references.is_reference(text):
        check_read(text)


def check_read(text: str) -> None:
    """Raise ValueError for what is no proxy."""
    try:
        proxies.parse(text)
    except BadOutboundRequestError as error:
        raise ValueError(error.message) from None


def shown(text: str) -> str:
    """Return a proxy with `***` for its user and password."""
    scheme, between, rest = text.partition("://")
    return f"{scheme}{between}{WITHHELD}@{rest.rpartition('@')[2]}" if "@" in rest else text


def only_shows(text: str) -> bool:
    """Tell whether user and password of `text` only stand for some that are kept."""
    return text.partition("://")[2].startswith(f"{WITHHELD}@")


def secrets_in(text: str) -> set[str]:
    """Return what nobody may be shown of a proxy, in each form in which it goes to it."""
    found = proxies.parse(text)
    if found.authorization is None:
        return set()
    written = text.partition("://")[2].rpartition("@")[0]
    user, _, password = written.partition(":")
    return {found.authorization.removeprefix("Basic "), password or user, found.password or found.user}
