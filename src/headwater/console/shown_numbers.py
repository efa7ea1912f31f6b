"""Numbers as people read them: so many of something, a size in a unit in which it is not nothing. Pure."""

KB, MB = 1_000, 1_000_000


def counted(value: int, what: str) -> str:
    """Return how many: 1 event, 2 events."""
    return f"{value:,} {what}{'' if value == 1 else 's'}"


def size(size_bytes: int) -> str:
    """Return a size, rounded down."""
    if size_bytes < KB:
        return counted(size_bytes, "byte")
    return f"{size_bytes // KB:,} KB" if size_bytes < MB else f"{size_bytes // MB:,} MB"
