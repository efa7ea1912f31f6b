"""How values are written inside texts. Kratos is a Go program and texts are the contract: so, as Go prints them."""

import math
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec

# Go's `%v` turns to exponents here, JSON's writers much later.
LEAST_WITH_EXPONENT = 1e6
LEAST_WITH_EXPONENT_IN_JSON = 1e21

DELETE = 0x7F
FIRST_LONG_RUNE = 0x10000
ESCAPES = {
    '"': '\\"',
    "\\": "\\\\",
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
}

# Letters, digits and underscores, held together by the marks that don't end a word (O'Neil, a.b).
WORD = re.compile(r"\w+(?:['.]\w+)*")


def number(value: float) -> str:
    """Return `value` as `%v` prints a float64: 1000000 is "1e+06"."""
    wide = _float(value)
    if math.isinf(wide):
        return "+Inf" if wide > 0 else "-Inf"
    if abs(wide) < LEAST_WITH_EXPONENT:
        return repr(wide).removesuffix(".0")
    mantissa, exponent = f"{Decimal(repr(wide)).normalize():e}".split("e")
    return f"{mantissa}e{int(exponent):+03d}"


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # an integer of hundreds of digits, which anybody may type
        return math.inf if value > 0 else -math.inf


def whole(value: float) -> float:
    """Return `value` as it goes into a context: 18.0 is 18 there."""
    is_whole = isinstance(value, float) and value.is_integer() and abs(value) < LEAST_WITH_EXPONENT_IN_JSON
    return int(value) if is_whole else value


def quoted(text: str) -> str:
    """Return `text` as `%q` prints it: in double quotes, with everything escaped that can't be seen."""
    return '"' + "".join(ESCAPES.get(letter) or _visible(letter) for letter in text) + '"'


def _visible(letter: str) -> str:
    if letter.isprintable():
        return letter
    rune = ord(letter)
    if rune < ord(" ") or rune == DELETE:
        return f"\\x{rune:02x}"
    return f"\\u{rune:04x}" if rune < FIRST_LONG_RUNE else f"\\U{rune:08x}"


def constant(value: Any) -> str:
    """Return a JSON scalar as Kratos shows a schema's `const`: numbers are quoted there as texts are."""
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return str(value).lower()
    return quoted(value if isinstance(value, str) else msgspec.json.encode(value).decode())


def moment(value: datetime) -> str:
    """Return `value` as Go prints a time in UTC, with as many decimals as it has."""
    at = value.astimezone(UTC)
    decimals = f".{at.microsecond:06d}".rstrip("0") if at.microsecond else ""
    return f"{at:%Y-%m-%d %H:%M:%S}{decimals} +0000 UTC"


def titled(text: str) -> str:
    """Return `text` with each word's first letter large and its others small: "my-idp" is "My-Idp"."""
    return WORD.sub(lambda word: _capitalised(word.group()), text)


def _capitalised(word: str) -> str:
    first = next((index for index, letter in enumerate(word) if letter.isalpha()), 0)
    return word[:first] + word[first : first + 1].upper() + word[first + 1 :].lower()
