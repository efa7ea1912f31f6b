"""How a text that is no FQL is refused: with the place, what stands there, and what could."""

from headwater.core.errors import HeadwaterError
from headwater.mapping.faults import clip, place_of

MAX_SHOWN = 40


class BadFqlError(HeadwaterError):
    """This is no FQL. `column` says where, `found` and `expected` what, and `hint` what to write instead."""

    code = "bad_fql"
    status = 400


def at(text: str, offset: int, *, found: str, expected: str, hint: str | None = None) -> BadFqlError:
    """Return the error of what stands at `offset` of `text`."""
    line, column = place_of(text, offset)
    place = f"line {line}, column {column}" if "\n" in text else f"column {column}"
    message = f"FQL, {place}: found {found}, expected {expected}." + (f" {hint}" if hint else "")
    return BadFqlError(clip(message), line=line, column=column, found=found, expected=expected, hint=hint)


def quoted(piece: str) -> str:
    """Return a piece of somebody's text as errors show it."""
    return f"`{piece if len(piece) <= MAX_SHOWN else piece[:MAX_SHOWN] + '…'}`"
