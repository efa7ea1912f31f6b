"""A sync of a table of the lake into an empty PostgreSQL, against COPY of the same rows from a file by the same driver.

Ours is all that a sync does: its process, Parquet to CSV, schema and table, rows and mark. Both tables have their key.
The server doesn't fsync; its own disk is not what is measured.
"""

import asyncio
import importlib.util
import time
from contextlib import aclosing
from pathlib import Path
from typing import Any

import duckdb

from bench.alternation import alternate
from bench.line import Line, NotMeasuredError
from bench.run import Options, Row, Run
from headwater.lake.columns import FLOAT, INTEGER, SQL_TYPES, TIMESTAMP, VARCHAR
from headwater.lake.limits import WriteLimits
from headwater.lake.manifest import PARQUET, LakeColumn
from headwater.lake.warehouses import sync_process
from headwater.lake.warehouses.sync_words import SyncOrders
from headwater.lake.writable_lake import WritableLake

SERVER = Path(__file__).parents[2] / "tests" / "postgres_server.py"
SECONDS_PER_ALTERNATION = 20.0
ROWS = 500_000
SOURCE, SCHEMA, TABLE, DAY = "src_bench", "bench", "order_completed", "2026-11-29"
CHUNK_BYTES = 1 << 20
COLUMNS = {
    "id": (VARCHAR, "md5(n::VARCHAR)"),
    "user_id": (VARCHAR, "'user-' || n % 5000"),
    "received_at": (TIMESTAMP, "TIMESTAMP '2026-11-29' + to_milliseconds(n)"),
    "sent_at": (TIMESTAMP, "TIMESTAMP '2026-11-29' + to_milliseconds(n)"),
    "event": (VARCHAR, "'order_completed'"),
    "event_text": (VARCHAR, "'Order Completed'"),
    "context_page_url": (VARCHAR, "'https://shop.example/orders/' || n"),
    "context_user_agent": (VARCHAR, "'Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/145.0'"),
    "total": (FLOAT, "n * 1.25"),
    "quantity": (INTEGER, "n % 7"),
    "note": (VARCHAR, """'gift, with "love" ' || n"""),
}
BARE = """
DROP SCHEMA IF EXISTS bare CASCADE; CREATE SCHEMA bare; CREATE TABLE bare.rows (
    id text PRIMARY KEY, user_id text, received_at timestamptz, sent_at timestamptz, event text, event_text text,
    context_page_url text, context_user_agent text, total double precision, quantity bigint, note text,
    uuid_ts timestamptz DEFAULT now()
)
"""


def _measure(run: Run) -> list[Line]:
    server, psycopg = _server()
    try:
        run.say(f"making {ROWS:,} rows")
        lake, csv = run.folder / "lake", run.folder / "rows.csv"
        _make(lake, csv)
        found = alternate(
            run, ours=lambda: _synced(server, psycopg, lake), against=lambda: _copied(server, psycopg, csv)
        )
    finally:
        server.remove()
    return [
        Line(
            title=ROW.title,
            figure=found.ratio,
            spread=found.spread,
            ours=f"{found.ours:,.0f} rows/s",
            against=f"{found.against:,.0f} rows/s",
            floor=ROW.floor,
            goal=ROW.goal,
            note=f"{ROWS:,} rows of {len(COLUMNS)} columns, whole sync",
        )
    ]


def _server() -> tuple[Any, Any]:
    """Return a PostgreSQL server as the tests have it, and the driver."""
    try:
        psycopg = importlib.import_module("psycopg")
        spec = importlib.util.spec_from_file_location("postgres_server", SERVER)
        assert spec is not None  # noqa: S101  a file was named
        assert spec.loader is not None  # noqa: S101  the same
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.PostgresServer(), psycopg
    except (ImportError, OSError, AttributeError) as error:
        raise NotMeasuredError(f"no PostgreSQL server here: {error}") from error


def _make(folder: Path, csv: Path) -> None:
    """Make a lake of one table, as a flush leaves it, and the same rows as a file."""
    cells = ", ".join(f"CAST({text} AS {SQL_TYPES[type_]}) AS {name}" for name, (type_, text) in COLUMNS.items())
    made = f"FROM range({ROWS}) AS numbers(n)"
    with duckdb.connect() as duck, WritableLake(folder, limits=WriteLimits(), now_ms=0) as lake:
        duck.execute(f"COPY (SELECT {cells} {made}) TO '{csv}' (FORMAT csv, HEADER false)")
        draft = lake.new.draft(kind=PARQUET, source=SOURCE, table=TABLE, day=DAY, first_offset=1, last_offset=ROWS)
        rows = f"SELECT n + 1 AS _offset, {cells} {made}"
        duck.execute(f"COPY ({rows}) TO '{draft.path}' (FORMAT parquet, COMPRESSION zstd)")
        lake.new.finish(draft, rows=ROWS)
        types = {"_offset": "long", **{name: type_ for name, (type_, _) in COLUMNS.items()}}
        columns = [
            LakeColumn(source=SOURCE, table=TABLE, column=name, type=type_, first_seen_ms=0)
            for name, type_ in types.items()
        ]
        lake.commit(cursor=ROWS, columns=columns)


def _synced(server: Any, psycopg: Any, lake: Path) -> float:
    """Return how many rows a second a whole sync brings."""
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
    orders = SyncOrders(
        lake=str(lake),
        kind="postgres",
        settings={
            "url": f"postgresql://{server.user}@{server.host}:{server.port}/postgres",
            "password": server.password,
            "tls": "off",
        },
        schemas={SOURCE: SCHEMA},
        private_addresses=True,
    )
    began = time.perf_counter()
    rows = asyncio.run(_rows(orders))
    assert rows == ROWS, rows  # noqa: S101  a figure of half the rows is none
    return rows / (time.perf_counter() - began)


async def _rows(orders: SyncOrders) -> int:
    rows = 0
    async with aclosing(sync_process.words(orders)) as words:
        async for word in words:
            rows = word.rows
    return rows


def _copied(server: Any, psycopg: Any, csv: Path) -> float:
    """Return how many rows a second COPY brings from a file."""
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute(BARE)
        names = ", ".join(COLUMNS)
        began = time.perf_counter()
        with connection.cursor().copy(f"COPY bare.rows ({names}) FROM STDIN (FORMAT csv)") as copy, csv.open("rb") as f:
            while chunk := f.read(CHUNK_BYTES):
                copy.write(chunk)
        return ROWS / (time.perf_counter() - began)


def _seconds(options: Options) -> float:
    return SECONDS_PER_ALTERNATION * options.alternations


ROW: Row = Row(
    name="warehouse",
    title="load to PostgreSQL: rows/s of a sync ÷ COPY of the same rows",
    seconds=_seconds,
    measure=_measure,
    floor=0.3,
    goal=0.6,
)
