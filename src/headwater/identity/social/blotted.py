"""Error texts without what they quote of a person: a program that fails may name the value that it failed at. Pure.

What its author wrote stays readable: their program is no secret to them, and says nothing of anybody.
"""

import re
from collections.abc import Iterator
from typing import Any

BLOT = "…"
FEWEST_LETTERS = 3  # what is shorter tells nothing, and is part of everything
WORD = re.compile(r"\w+")
# What the engine itself says: it reveals nothing, even if somebody's claims hold the word, too.
ENGINE_WORDS = frozenset(
    """
    array assert assertion base binary boolean called can char double duplicate error expected failed field fields
    for from function functions got implemented import index infinite integer invalid json known manifest mapper_url
    name not null number object only operation operator output present recursion runtime should similar string such
    the there tried type unknown value with yaml
    """.split()  # noqa: SIM905  a list of fifty would be fifty lines
)


def blotted(message: str, *, secrets: Any, program: str) -> str:
    """Return `message` without the texts and numbers in `secrets`, and without their words, however cut up.

    Words of `program` stay: there they are, in clear.
    """
    known = program.casefold()
    leaves = {text for text in _leaves(secrets) if len(text) >= FEWEST_LETTERS}
    for text in sorted(leaves, key=len, reverse=True):
        if text in message and text.casefold() not in known:
            message = message.replace(text, BLOT)
    open_words = ENGINE_WORDS.union(WORD.findall(known))
    words = {word for text in leaves for word in WORD.findall(text.casefold()) if len(word) >= FEWEST_LETTERS}
    hidden = words - open_words
    return WORD.sub(lambda match: BLOT if match[0].casefold() in hidden else match[0], message)


def _leaves(value: Any) -> Iterator[str]:
    """Yield every text and number. Without recursion: claims are as deep as mallory likes."""
    open_values = [value]
    while open_values:
        item = open_values.pop()
        if isinstance(item, dict):
            open_values.extend(item.values())
        elif isinstance(item, list):
            open_values.extend(item)
        elif item is not None and not isinstance(item, bool):
            yield str(item)
