"""The 10,000 passwords that people use most: the first that anybody guesses, from the ranked list of zxcvbn."""

from functools import cache

LISTED = 10_000


def is_common(password: str) -> bool:
    """Tell whether `password` is one of them, in whatever case."""
    return password.lower() in _commonest()


@cache
def _commonest() -> frozenset[str]:
    # Imported here: it brings dictionaries of 15 MB, which only a server that judges passwords needs.
    from zxcvbn.frequency_lists import (  # type: ignore[import-untyped]  # noqa: PLC0415  # ships no types; heavy
        FREQUENCY_LISTS,
    )

    return frozenset(word.lower() for word in FREQUENCY_LISTS["passwords"][:LISTED])
