"""Numbers as JavaScript has and writes them: doubles only, 1.0 is `1`, 1e21 is `1e+21`."""

import math

LARGEST_EXACT = 2**53
PLAIN_DIGITS = 21  # from ten to this on, JavaScript writes an exponent
MOST_ZEROS = 6  # so many may stand between the point and the first digit


def double(number: float) -> float:
    """Return `number` as the double that JavaScript makes of it: whole ones lose digits beyond 2**53."""
    if not isinstance(number, int) or -LARGEST_EXACT <= number <= LARGEST_EXACT:
        return number
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def write(number: float) -> str:
    """Return `String(number)`."""
    number = double(number)
    if isinstance(number, int):
        return str(number)
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if math.isnan(number):
        return "NaN"
    sign = "-" if number < 0 else ""
    return sign + _written(*_parts(abs(number)))


def fits_64_bits(number: int) -> bool:
    """Return whether readers of JSON that have integers can be expected to hold this one."""
    return -(2**63) <= number < 2**64


def _parts(number: float) -> tuple[str, int]:
    """Return the shortest digits that mean `number`, and where the point stands, counted from before the first."""
    mantissa, _, exponent = repr(number).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    return digits.rstrip("0"), point


def _written(digits: str, point: int) -> str:
    if not digits:
        return "0"
    if len(digits) <= point <= PLAIN_DIGITS:
        return digits + "0" * (point - len(digits))
    if 0 < point <= PLAIN_DIGITS:
        return f"{digits[:point]}.{digits[point:]}"
    if -MOST_ZEROS < point <= 0:
        return f"0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if digits[1:] else ""
    return f"{digits[0]}{fraction}e{point - 1:+d}"
