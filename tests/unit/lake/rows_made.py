"""Events put together as rows, and those as a test wants to look at them."""

import json

import msgspec

from headwater.lake.batches import Batches
from headwater.lake.columns import SQL_TYPES
from headwater.lake.tables import Tables

AT_MS = 1_795_867_200_123
AT = "2026-11-28T12:00:00.123Z"
COMMON = {"_offset", "received_at", "id", "user_id"}


def put_together(*events, tables=None, at_ms=AT_MS):
    """Return the batches of events, by table."""
    batches = Batches(tables or Tables())
    for number, event in enumerate(events, start=1):
        whole = {"messageId": f"m{number}", "userId": "ada", **event}
        batches.add(msgspec.json.decode(msgspec.json.encode(whole)), offset=number, received_at_ms=at_ms)
    return {batch.table: batch for batch in batches.batches()}


def lines(batch):
    return [json.loads(line) for line in batch.ndjson().split(b"\n")]


def details(batch):
    return [{name: value for name, value in line.items() if name not in COMMON} for line in lines(batch)]


def types(batch):
    return {column.name: column.type for column in batch.columns()}


def note(batch, name):
    return next(column.note for column in batch.columns() if column.name == name)


def track(event="Paid", **properties):
    return {"type": "track", "event": event, "properties": properties}


def paid(*events, **more):
    return put_together(*events, **more)["paid"]


def as_duckdb_reads(duck, batch):
    types = {column.name: SQL_TYPES[column.type] for column in batch.columns()}
    read = "SELECT unnest(json_transform(line, ?)) FROM (SELECT unnest(?::VARCHAR[]) AS line)"
    found = duck.execute(read, [json.dumps(types), batch.ndjson().decode().split("\n")])
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
