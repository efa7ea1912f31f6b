"""What a reset goes back to: the rows of the core database as they were, and nothing that came since."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, insert, select

from headwater.store import tables
from headwater.store.database import announce
from headwater.workspace.sources import TOPIC as CONFIGURATION

Rows = Mapping[str, list[list[Any]]]

# What an operator set up, as against what people and their events left behind.
CONFIGURED = (
    tables.workspaces,
    tables.keys,
    tables.operator_sessions,
    tables.projects,
    tables.revisions,
    tables.secrets,
    tables.sources,
    tables.write_keys,
    tables.destinations,
    tables.destination_sources,
    tables.event_streams,
    tables.suppressions,
    tables.warehouses,
    tables.saved_queries,
)


class Baseline:
    """Kept in `file`, too, for a server that is killed and restarted."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._rows: Rows | None = msgspec.msgpack.decode(file.read_bytes()) if file.exists() else None

    @property
    def is_taken(self) -> bool:
        return self._rows is not None

    def take(self, connection: Connection) -> None:
        """Remember what is there now."""
        every = tables.metadata.sorted_tables
        rows = {table.name: [list(row) for row in connection.execute(select(table))] for table in every}
        self._rows = rows
        self._file.write_bytes(msgspec.msgpack.encode(rows))

    def copy(self, other: "Baseline") -> None:
        """Remember what `other` does."""
        self._rows = other._rows  # noqa: SLF001  of its own kind
        self._file.write_bytes(msgspec.msgpack.encode(self._rows))

    def restore(self, connection: Connection) -> None:
        """Make the database what it was, in this transaction."""
        assert self._rows is not None  # noqa: S101  taken before the doors opened
        every = tables.metadata.sorted_tables
        for table in reversed(every):
            connection.execute(delete(table))
        for table in every:
            names = [column.name for column in table.columns]
            if rows := self._rows[table.name]:
                connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])
        announce(connection, CONFIGURATION)


def keep_configuration(connection: Connection) -> None:
    """Remove everything but what operators set up, in this transaction."""
    for table in reversed(tables.metadata.sorted_tables):
        if table not in CONFIGURED:
            connection.execute(delete(table))
    announce(connection, CONFIGURATION)
