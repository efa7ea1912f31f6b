"""The text of a trigger → tokens, exactly as Segment's lexer cuts it, oddities included.

It ends an operator or keyword only before a space, a comma or a closing bracket, so that `a<=5` is other tokens than
`a <= 5`; it gives texts back with their quotes on; and the letters that a keyword at the very end of the text lacks
are gone. People's triggers were tried against that.
"""

from collections.abc import Callable
from string import ascii_letters, digits
from typing import NamedTuple

WORD = "word"
DOT = "dot"
OPERATOR = "operator"
CONDITIONAL = "conditional"
STRING = "string"
NUMBER = "number"
NULL = "null"
BRACKET = "bracket"
COMMA = "comma"
OPEN = "open"
CLOSE = "close"
END = "end"

END_VALUE = "eos"
ESCAPE = "\\"
SPACE = " \t\n"
TERMINATORS = frozenset(" \t\n,])")
LETTERS = frozenset(ascii_letters)
DIGITS = frozenset(digits)
WORD_STARTS = LETTERS | {ESCAPE, "_"}
WORD_PARTS = WORD_STARTS | DIGITS | {"-"}
AFTER_A_WORD = TERMINATORS | set(".(=!")
SINGLES = {".": DOT, "[": BRACKET, "]": BRACKET, ",": COMMA, "(": OPEN, ")": CLOSE}
KEYWORDS = {"and": CONDITIONAL, "or": CONDITIONAL, "null": NULL}
MAX_OF_ONE_UNIT = "\uffff"


class Token(NamedTuple):
    kind: str
    value: str


class UnreadableError(Exception):
    """The text is no trigger. The message says why, for the trigger's author."""


def split(text: str) -> list[Token]:
    """Return the tokens of `text`, ending with an END. Raises UnreadableError."""
    return _Cutter(text).tokens()


class _Cutter:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def tokens(self) -> list[Token]:
        found: list[Token] = []
        while self._at < len(self._text):
            letter = self._taken()
            if letter not in SPACE:
                found.append(self._token(letter))
        return [*found, Token(END, END_VALUE)]

    def _token(self, letter: str) -> Token:
        if letter in SINGLES:
            return Token(SINGLES[letter], letter)
        return self._reader_of(letter)(letter)

    def _reader_of(self, letter: str) -> Callable[[str], Token]:
        if letter in WORD_STARTS:
            return self._word_or_keyword
        if letter in DIGITS or letter in "+-":
            return self._number
        if letter in "\"'":
            return self._string
        if letter in "!=<>":
            return self._operator
        raise self._unreadable(f"`{letter}` stands for nothing here")

    def _operator(self, letter: str) -> Token:
        following = self._peek()
        if letter == "!" and (following in LETTERS or following == "("):
            return Token(OPERATOR, "!")
        if letter != "=" and self._accepts("="):
            return Token(OPERATOR, letter + "=")
        if letter == "!":
            raise self._unreadable("after `!` comes a function, or `=` and a space")
        return Token(OPERATOR, letter)

    def _word_or_keyword(self, letter: str) -> Token:
        for keyword, kind in KEYWORDS.items():
            if letter == keyword[0] and self._accepts(keyword[1:]):
                return Token(kind, keyword)
        return self._word(letter)

    def _word(self, letter: str) -> Token:
        letters: list[str] = []
        while True:
            if letter == ESCAPE:
                letter = self._escaped()
            letters.append(letter)
            if self._peek() not in WORD_PARTS:
                break
            letter = self._taken()
        if self._peek() not in AFTER_A_WORD and self._peek():
            raise self._unreadable("after a name comes a space")
        return Token(WORD, "".join(letters))

    def _escaped(self) -> str:
        letter = self._peek()
        if not letter or letter > MAX_OF_ONE_UNIT:
            raise self._unreadable("a backslash stands before the character that it takes literally")
        return self._taken()

    def _number(self, letter: str) -> Token:
        figures = [letter]
        while self._peek() in DIGITS or self._peek() == ".":
            figures.append(self._taken())
            if figures[-1] == "." and (figures.count(".") > 1 or self._is_at_a_terminator()):
                raise self._unreadable("a number has one point, and digits after it")
        return Token(NUMBER, "".join(figures))

    def _string(self, quote: str) -> Token:
        end = self._text.find(quote, self._at)
        if end < 0:
            raise self._unreadable(f"a text is never closed: its {quote} has no partner")
        letters = self._text[self._at : end]
        self._at = end
        self._accepts(quote)  # where it doesn't, the quote stays, and opens a text of its own
        return Token(STRING, f"{quote}{letters}{quote}")

    def _accepts(self, wanted: str) -> bool:
        """Step over `wanted` if it is there, and a terminator after it. It never steps back from the text's end."""
        start, letters = self._at, ""
        for _ in wanted:
            if self._at == len(self._text):
                return False
            letters += self._taken()
            if letters[-1] in TERMINATORS:
                break
        is_there = letters == wanted and self._is_at_a_terminator()
        self._at = self._at if is_there else start
        return is_there

    def _is_at_a_terminator(self) -> bool:
        return not self._peek() or self._peek() in TERMINATORS

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _taken(self) -> str:
        self._at += 1
        return self._text[self._at - 1]

    def _unreadable(self, why: str) -> UnreadableError:
        return UnreadableError(f"column {max(self._at, 1)}: {why}")
