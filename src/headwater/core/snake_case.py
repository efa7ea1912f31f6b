"""Names as Segment's warehouses have them: `Order Completed` is `order_completed`. Pure."""

import re

SNAKE = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
# Capitals and digits belong to the small letters behind them: CStringRef is cstring_ref.
WORD = re.compile(r"[A-Z0-9]+[a-z]*|[a-z]+")


def snake_case(name: str) -> str:
    """Return `name` in snake case; '' where it has no ASCII letter or digit. What is in snake case stays as it is."""
    if SNAKE.fullmatch(name):
        return name
    return "_".join(WORD.findall(name)).lower()
