"""What somebody typed where a whole number belongs. Pure."""

MOST_DIGITS = 15  # more than anything here counts; a number of thousands of digits is one that nobody can read


def is_one(text: str) -> bool:
    """Tell whether a text is a whole number that can be meant."""
    return text.isdecimal() and len(text) <= MOST_DIGITS
