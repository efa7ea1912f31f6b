"""Ids that are nobody's: what a client sends when it has lost the real one. Tools refuse them, or make one of all."""

NOBODY = frozenset(
    {
        "",
        "-1",
        "0",
        "00000000-0000-0000-0000-000000000000",
        "<nil>",
        "[]",
        "[object object]",
        "anon",
        "anonymous",
        "false",
        "guest",
        "n/a",
        "na",
        "nan",
        "nil",
        "none",
        "null",
        "true",
        "undefined",
        "unknown",
        "{}",
    }
)


def is_nobody(value: str) -> bool:
    """Tell whether an id stands for nobody in particular."""
    return value.strip().lower() in NOBODY
