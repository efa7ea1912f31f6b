"""What a person signs in with, in one form only: two spellings of the same address must not make two accounts."""

import re
import unicodedata

MAX_IDENTIFIER_LENGTH = 320  # the longest e-mail address there is, and the width of the column

EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
PHONE_PUNCTUATION = re.compile(r"[\s().\-/]")
E164 = re.compile(r"\+[1-9]\d{6,14}")


def normalised(text: str) -> str:
    """Fold width and case and drop what can't be seen (control, format, unassigned): `ADA@X` is `ada@x`.

    A phone number in international form becomes E.164, so that its owner may space it as they like.
    """
    folded = _folded(text)
    number = PHONE_PUNCTUATION.sub("", folded) if folded.startswith("+") else ""
    return number if E164.fullmatch(number) else folded


def _folded(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text.strip().lower()  # nearly everybody, in a tenth of the time
    folded = unicodedata.normalize("NFKC", text.strip()).lower()
    visible = "".join(letter for letter in folded if not unicodedata.category(letter).startswith("C"))
    return visible.strip()


def email_or_none(text: str) -> str | None:
    """Return the address in its one form, None if it isn't one."""
    address = normalised(text)
    return address if EMAIL.fullmatch(address) else None


def phone_or_none(text: str) -> str | None:
    """Return the number in E.164, None if it isn't one in international form."""
    number = PHONE_PUNCTUATION.sub("", _folded(text))
    return number if E164.fullmatch(number) else None
