"""`String.prototype.replace` for a pattern that is plain text, without a regular expression: linear, whatever is asked.

In what is put in, `$$` is a dollar, `$&` what was found, `` $` `` and `$'` what stands before and after it; `$1`
has no meaning without groups and stays.
"""

from collections.abc import Iterator

from headwater.mapping.directives.run import Run

FIRST_NON_ASCII = 0x80
LAST_OF_FIRST_PLANE = 0xFFFF
_SPECIAL = "$&`'"


def replace(text: str, pattern: str, replacement: str, *, is_global: bool, is_caseless: bool, run: Run) -> str:
    """Return `text` with `pattern` replaced, once or everywhere. Raises MappingLimitError when it grows too long."""
    run.spend_text(len(text))
    pieces: list[str] = []
    at = size = 0
    instructions = list(_read(replacement))
    for start in _places(text, pattern, is_caseless=is_caseless):
        end = start + len(pattern)
        written = _written(instructions, text, start, end, run)
        pieces += (text[at:start], written)
        size += start - at + len(written)
        run.spend_text(len(written))
        at = end
        if size > run.text_limit or not is_global:
            break
    run.spend_text(size + len(text) - at)
    return "".join(pieces) + text[at:]


def _places(text: str, pattern: str, *, is_caseless: bool) -> Iterator[int]:
    if is_caseless:
        text, pattern = folded(text), folded(pattern)
    at = text.find(pattern)
    while at >= 0:
        yield at
        at = text.find(pattern, at + len(pattern))


def folded(text: str) -> str:
    """Return `text` as JavaScript compares it with the flag `i`: character by character, in upper case.

    Unlike Python's folding: a letter beyond ASCII never becomes one of ASCII (K, the Kelvin sign), and none
    becomes two (ß).
    """
    return text.upper() if text.isascii() else "".join(map(_folded, text))


def _folded(character: str) -> str:
    upper = character.upper()
    if len(upper) != 1 or ord(character) > LAST_OF_FIRST_PLANE:
        return character
    return character if ord(character) >= FIRST_NON_ASCII > ord(upper) else upper


def _read(replacement: str) -> Iterator[str]:
    """Return the replacement in pieces: two characters for what is special, or plain text."""
    at = 0
    while (dollar := replacement.find("$", at)) >= 0:
        is_special = replacement[dollar + 1 : dollar + 2] in tuple(_SPECIAL)
        yield replacement[at : dollar if is_special else dollar + 1]
        if is_special:
            yield replacement[dollar : dollar + 2]
        at = dollar + (2 if is_special else 1)
    yield replacement[at:]


def _written(instructions: list[str], text: str, start: int, end: int, run: Run) -> str:
    written = [_piece(one, text, start, end) for one in instructions]
    run.spend_text(sum(map(len, written)))
    return "".join(written)


def _piece(instruction: str, text: str, start: int, end: int) -> str:
    if instruction == "$$":
        return "$"
    if instruction == "$&":
        return text[start:end]
    if instruction == "$`":
        return text[:start]
    return text[end:] if instruction == "$'" else instruction
