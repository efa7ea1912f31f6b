"""What a request to a PostgreSQL server asks for, as its body says it in JSON."""

from typing import Literal

import msgspec

ColumnType = Literal["text", "timestamp", "integer", "float", "boolean"]
KEY = "id"


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Rows for one table, each value as its text. Of an upsert the later `received_at` wins, column by column."""

    name: str
    columns: dict[str, ColumnType]
    rows: list[list[str | None]]
    upsert: bool = False


class Load(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag="load"):
    """Rows to be put into tables of one schema, all or none. What is there already, by its `id`, is left."""

    schema: str
    tables: list[Table]


class Forget(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag="forget"):
    """People whose rows are to be deleted from every table of a schema."""

    schema: str
    user_ids: list[str]


_decoder: msgspec.json.Decoder[Load | Forget] = msgspec.json.Decoder(Load | Forget)


def decode(body: bytes) -> Load | Forget:
    """Return what a body asks for. Raises msgspec.DecodeError."""
    return _decoder.decode(body)
