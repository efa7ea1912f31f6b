"""What of the lake a warehouse gets: sources, less what is excluded. Pure."""

import msgspec

EVERY = "*"
MOST_PARTS = 3


class BadExclusionError(ValueError):
    """What is excluded is written source, source.table or source.table.column; `*` is any source or table."""


class Exclusion(msgspec.Struct, frozen=True, kw_only=True):
    """A source, a table or a column that stays out. The names are the warehouse's: in snake case."""

    source: str
    table: str = ""
    column: str = ""

    @property
    def text(self) -> str:
        return ".".join(part for part in (self.source, self.table, self.column) if part)


def exclusion(text: str) -> Exclusion:
    """Read one. Raises BadExclusionError."""
    parts = text.strip().split(".")
    if not 1 <= len(parts) <= MOST_PARTS or not all(parts) or text.strip() == EVERY or parts[2:] == [EVERY]:
        raise BadExclusionError(f"{text!r} excludes nothing: {BadExclusionError.__doc__}")
    source, table, column = (*parts, "", "")[:MOST_PARTS]
    return Exclusion(source=source, table=table, column=column)


class Selection:
    """What of each source is left."""

    def __init__(self, exclusions: tuple[Exclusion, ...] = ()) -> None:
        self._exclusions = exclusions

    def has_source(self, schema: str) -> bool:
        return not any(_is(one.source, schema) and not one.table for one in self._exclusions)

    def has_table(self, schema: str, table: str) -> bool:
        about = [one for one in self._exclusions if _is(one.source, schema)]
        return self.has_source(schema) and not any(_is(one.table, table) and not one.column for one in about)

    def has_column(self, schema: str, table: str, column: str) -> bool:
        return not any(
            _is(one.source, schema) and _is(one.table, table) and one.column == column for one in self._exclusions
        )


def _is(pattern: str, name: str) -> bool:
    return pattern in (EVERY, name)
