"""Numbers as JavaScript reads and writes them: Segment's own FQL runs there, and in what an event holds it shows."""

import math
import re

INFINITY = float("inf")
MAX_POINT = 21  # JavaScript writes a decimal while its point is within these places of the first digit
MIN_POINT = -5
MAX_SAFE_INTEGER = 2**53 - 1

_DECIMAL = re.compile(r"[+-]?(?:Infinity|(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?)")
_PREFIXED = re.compile(r"0(?:[xX](?P<hex>[0-9a-fA-F]++)|[oO](?P<oct>[0-7]++)|[bB](?P<bin>[01]++))")
_SPACE = "\t\n\v\f\r \xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000\ufeff"
_BASES = {"hex": 16, "oct": 8, "bin": 2}


def as_double(number: float) -> float:
    """Return the double that stands for a number of JSON: an infinity where there is none."""
    try:
        return float(number)
    except OverflowError:
        return INFINITY if number > 0 else -INFINITY


def of_text(text: str) -> float:
    """Return what `Number(text)` is in JavaScript; NaN where it is no number."""
    text = text.strip(_SPACE)
    prefixed = _PREFIXED.fullmatch(text)
    if not text:
        return 0.0
    if prefixed is not None:
        return as_double(int(prefixed[str(prefixed.lastgroup)], _BASES[str(prefixed.lastgroup)]))
    return float(text) if _DECIMAL.fullmatch(text) else math.nan


def text_of(number: float) -> str:
    """Return what `String(number)` is in JavaScript."""
    if type(number) is int and abs(number) <= MAX_SAFE_INTEGER:
        return str(number)
    number = as_double(number)
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    return ("-" if number < 0 else "") + _digits(abs(number))


def _digits(number: float) -> str:
    """Return a finite number from 0 up: the shortest digits that read back as it, as a decimal where that is short."""
    mantissa, _, exponent = f"{number!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    point = len(whole) + int(exponent or 0)
    digits = whole + fraction
    significant = digits.lstrip("0")
    point -= len(digits) - len(significant)
    significant = significant.rstrip("0")
    return _placed(significant, point) if significant else "0"


def _placed(digits: str, point: int) -> str:
    """Return `digits` with the decimal point after the first `point` of them."""
    if not MIN_POINT <= point <= MAX_POINT:
        fraction = f".{digits[1:]}" if len(digits) > 1 else ""
        return f"{digits[0]}{fraction}e{point - 1:+d}"
    if point <= 0:
        return f"0.{'0' * -point}{digits}"
    if point >= len(digits):
        return digits + "0" * (point - len(digits))
    return f"{digits[:point]}.{digits[point:]}"
