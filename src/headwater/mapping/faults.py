"""What can go wrong with a program inside the worker, before it becomes a MappingError in the server.

Standard library only: every import here is paid for at each worker's start.
"""

SYNTAX = "syntax"
RUNTIME = "runtime"
CANCELLED = "cancelled"
LIMIT = "limit"

MAX_MESSAGE_BYTES = 1024
ELLIPSIS = "…"


class Fault(Exception):  # noqa: N818 - a fault is an answer on its way to the server, not an accident of the worker
    """One readable reason why a program gave no value. `line` and `column` count from 1, in characters."""

    def __init__(self, kind: str, text: str, *, line: int | None = None, column: int | None = None) -> None:
        self.kind = kind
        self.text = text
        self.line = line
        self.column = column
        super().__init__(text)

    def message(self, name: str) -> str:
        """Return `name:line:column: text`, as far as the place is known, within MAX_MESSAGE_BYTES."""
        place = ":".join(str(part) for part in (name, self.line, self.column) if part is not None)
        return clip(f"{place}: {self.text}")


def place_of(text: str, offset: int) -> tuple[int, int]:
    """Return the line and column of a character offset."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def clip(text: str) -> str:
    """Return `text` shortened to MAX_MESSAGE_BYTES of UTF-8: a program can make its error text as long as it likes."""
    raw = text.encode(errors="replace")
    if len(raw) <= MAX_MESSAGE_BYTES:
        return raw.decode()
    return raw[: MAX_MESSAGE_BYTES - len(ELLIPSIS.encode())].decode(errors="ignore") + ELLIPSIS
