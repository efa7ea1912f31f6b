"""An address as Actions may see it: without the values that let in whoever reads them first. Pure.

Inline hooks run before a link's token, or a provider's code, is used up: with it their receiver could take the account.
"""

from urllib.parse import unquote_plus

WITHHELD = "withheld"
KEYS = frozenset({"token", "code", "state", "id_token", "init_code", "return_to_code"})


def without_keys(url: str) -> str:
    """Return the address with the value of each key withheld; names, order and everything else stay as written."""
    start, mark, query = url.partition("?")
    return start + mark + "&".join(_shown(pair) for pair in query.split("&"))


def _shown(pair: str) -> str:
    name, equals, _ = pair.partition("=")
    return f"{name}={WITHHELD}" if equals and unquote_plus(name).lower() in KEYS else pair
