"""A Jsonnet program made ready: its shape and names checked, its text as rjsonnet can run it.

Standard library only: workers import it.
"""

from functools import lru_cache
from typing import NamedTuple

from headwater.mapping import dialect, grammar, prelude, tokens
from headwater.mapping.tokens import Token

CACHED_PROGRAMS = 64


class Program(NamedTuple):
    """`prefix + adapted` is what runs; `text` and `words` are what its author wrote, to explain errors."""

    text: str
    words: list[Token]
    adapted: str
    prefix: str

    @property
    def source(self) -> str:
        return self.prefix + self.adapted


@lru_cache(maxsize=CACHED_PROGRAMS)
def prepare(text: str, name: str) -> Program:
    """Return the program ready to run. Raises a syntax Fault when its shape or one of its names is wrong."""
    words = tokens.split(text)
    grammar.resolve(text, words)
    return Program(text, words, dialect.adapt(text, words), prelude.prefix(words, name=name))
