"""Reads the small things that Liquid expressions are made of: names, numbers, quoted texts."""

import re

BLANK = "\t\n\v\f\r \u00a0\u1680\u180e\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
FIRST_NON_ASCII = 0x80
LONGEST_UNICODE_ESCAPE, LONGEST_OCTAL_ESCAPE = 4, 3
_NUMBER = re.compile(r"[+-]?[0-9]+(\.(?!\.)[0-9]*)?")
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{0,4}|[0-7]{1,3}|.|$)", re.DOTALL)
_NO_WORD = frozenset(BLANK + "\u201c\u201d")


class TemplateError(Exception):
    """The template can't be read."""


class Scanner:
    """A text and how far it is read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    @property
    def is_done(self) -> bool:
        return self.at >= len(self.text)

    def rest(self) -> str:
        return self.text[self.at :]

    def skip_blank(self) -> None:
        while not self.is_done and self.text[self.at] in BLANK:
            self.at += 1

    def peek(self, ahead: int = 0) -> str:
        """Return the next character, or the empty text at the end."""
        return self.text[self.at + ahead : self.at + ahead + 1]

    def took(self, word: str) -> bool:
        """Take `word` if it stands here."""
        if not self.text.startswith(word, self.at):
            return False
        self.at += len(word)
        return True

    def word(self, words: tuple[str, ...]) -> str | None:
        """Return which of `words`, longest first, stands here and doesn't go on as a longer name."""
        for one in words:
            if self.text.startswith(one, self.at):
                after = self.text[self.at + len(one) : self.at + len(one) + 1]
                if not (one.isalpha() and is_word(after)):
                    self.at += len(one)
                    return one
        return None

    def identifier(self) -> str:
        """Return the name that stands here, or the empty text."""
        self.skip_blank()
        start = self.at
        while is_word(self.peek()):
            self.at += 1
        return self.text[start : self.at]

    def number(self) -> float | None:
        """Return the number that stands here, unless it goes on as a name."""
        found = _NUMBER.match(self.text, self.at)
        if found is None or is_word(self.text[found.end() : found.end() + 1]):
            return None
        if self.text[found.end() : found.end() + 1] == "." and self.text[found.end() + 1 : found.end() + 2] != ".":
            return None
        self.at = found.end()
        value = float(found[0])
        return int(value) if value.is_integer() else value

    def quoted(self) -> str | None:
        """Return the quoted text that stands here; one that isn't closed goes on to the end, less a character."""
        quote = self.peek()
        if quote not in {"'", '"'}:
            return None
        end = self.at + 1
        while end < len(self.text) and self.text[end] != quote:
            end += 2 if self.text[end] == "\\" else 1
        content = self.text[self.at + 1 : end if end < len(self.text) else len(self.text) - 1]
        self.at = min(end + 1, len(self.text))
        return _ESCAPE.sub(_unescaped, content)


def is_word(character: str) -> bool:
    """Return whether `character` can be part of a name. None at all is not."""
    if not character:
        return False
    if ord(character) >= FIRST_NON_ASCII:
        return character not in _NO_WORD
    return character.isalnum() or character in "_-?"


def _unescaped(match: re.Match[str]) -> str:
    escaped = match[1]
    if escaped.startswith("u"):
        return chr(int(escaped[1:] or "0", 16))
    if escaped and escaped[0] in "01234567":
        return chr(int(escaped, 8))
    return _ESCAPES.get(escaped, escaped)
