"""Names as Segment's warehouses have them: `Order Completed` is `order_completed`. Pure."""

import functools
import hashlib
import re

SNAKE = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
# Capitals and digits belong to the small letters behind them: CStringRef is cstring_ref.
WORD = re.compile(r"[A-Z0-9]+[a-z]*|[a-z]+")

MAX_NAME_BYTES = 63  # PostgreSQL cuts what is longer, and two names could become one
HASH_CHARS = 8
KEPT_NAMES = 10_000  # the same ones come with every event


def snake_case(name: str) -> str:
    """Return `name` in snake case; '' where it has no ASCII letter or digit. What is in snake case stays as it is."""
    if SNAKE.fullmatch(name):
        return name
    return "_".join(WORD.findall(name)).lower()


@functools.lru_cache(KEPT_NAMES)
def identifier(name: str) -> str:
    """Return a name for a table or column that every database keeps whole, and that begins as names may.

    What snake case leaves nothing of (other scripts) and what is too long is told apart by its hash.
    """
    found = snake_case(name)
    mark = hashlib.sha256(name.encode(errors="replace")).hexdigest()[:HASH_CHARS]
    if not found:
        return f"_{mark}"
    found = f"_{found}" if found[0].isdigit() else found
    if len(found) <= MAX_NAME_BYTES:
        return found
    return f"{found[: MAX_NAME_BYTES - HASH_CHARS - 1]}_{mark}"
