"""What people of other languages write, and what it is called in FQL: the hints of its errors."""

import difflib
from collections.abc import Iterable

NO_ESCAPES = "A backslash in a text is a backslash: put a text with one kind of quote into the other."
PUT_INTO_QUOTES = "Put a text into quotes."
ESCAPE = "In a path every character but a-z A-Z 0-9 _ - takes a \\ before it"
OURS = frozenset({"and", "or", "in"})

_SIGNS = {
    "===": "Write `=`.",
    "!==": "Write `!=`.",
    "==": "Write `=`.",
    "=~": "Write `match( path, '*.example.com' )`.",
    "<>": "Write `!=`.",
    "&&": "Write `and`.",
    "||": "Write `or`.",
    "&": "Write `and`.",
    "|": "Write `or`.",
    "$": "A path begins with the name of a field, as in `properties.price`.",
    "`": "A text stands in ' or \".",
    "-": "A path begins with a letter or _; put \\ before anything else.",
    ".": "A path begins with the name of a field; a number with a digit.",
    "\\": "A backslash stands before the character that it takes literally.",
}
_WORDS = {
    "and": "Write `and` in small letters.",
    "or": "Write `or` in small letters.",
    "in": "Write `in` in small letters.",
    "not": "Write `!`, as in `!contains( event, 'x' )`.",
    "is": "Write `=`, as in `userId = null`.",
    "like": "Write `match( path, 'a*' )`.",
    "matches": "Write `match( path, 'a*' )`.",
    "contains": "Write `contains( path, 'x' )`.",
    "exists": "Write `path != null`.",
    "between": "Write `path >= 1 and path <= 9`.",
    "equals": "Write `=`.",
    "xor": "Write `a != b`, of two that are true or false.",
}
_FUNCTIONS = {
    "startswith": "match( path, 'a*' )",
    "starts_with": "match( path, 'a*' )",
    "endswith": "match( path, '*a' )",
    "ends_with": "match( path, '*a' )",
    "regex": "match( path, 'a*' )",
    "lower": "lowercase( path )",
    "tolowercase": "lowercase( path )",
    "upper": "uppercase( path )",
    "touppercase": "uppercase( path )",
    "len": "length( path )",
    "size": "length( path )",
    "count": "length( path )",
    "includes": "contains( path, 'x' )",
    "exists": "path != null",
    "not": "!( … )",
    "int": "number( path )",
    "float": "number( path )",
    "str": "string( path )",
    "boolean": "bool( path )",
    "type": "typeof( path )",
    "in": "path in [ 'a', 'b' ]",
}


def sign_at(text: str, offset: int) -> tuple[str, str | None]:
    """Return the sign of another language that stands at `offset`, or else the one character, and the hint."""
    for length in (3, 2, 1):
        sign = text[offset : offset + length]
        if sign in _SIGNS:
            return sign, _SIGNS[sign]
    letter = text[offset]
    return letter, None if letter.isascii() else hint_of_a_letter(letter, is_in_a_number=False)


def hint_of_a_letter(letter: str, *, is_in_a_number: bool) -> str | None:
    if is_in_a_number:
        return f"{PUT_INTO_QUOTES} A field whose name begins with a digit takes a \\ before it."
    if letter == ".":
        return f"After a dot comes the name of a field. {ESCAPE}."
    if letter == "\\":
        return _SIGNS["\\"]
    return f"{ESCAPE}: `\\{letter}`."


def hint_of_words(*words: str) -> str | None:
    """Return what to write in place of the first of `words` that means something elsewhere."""
    return next((_WORDS[word.lower()] for word in words if word.lower() in _WORDS and word not in OURS), None)


def hint_of_function(name: str, known: Iterable[str]) -> str:
    """Return which function was meant, or which there are."""
    if name.lower() in _FUNCTIONS:
        return f"Write `{_FUNCTIONS[name.lower()]}`."
    close = difflib.get_close_matches(name.lower(), list(known), n=1)
    return f"Did you mean `{close[0]}`?" if close else ""
