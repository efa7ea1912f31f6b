"""PostgreSQL as a warehouse: rows by COPY, the marks in a table `_headwater_syncs` of each schema.

Rows go straight into their table: that none is there already is what its mark says, and the mark moves with them. Where
some may be there (an older backup of the lake, a table that was filled by somebody else) they come by way of a
temporary table, and only the new ones go on. It asks nothing of a table but its columns: no key, no index.
"""

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager

import msgspec
import psycopg
from psycopg import sql
from psycopg.errors import UniqueViolation
from yarl import URL

from headwater.core.clock import Clock
from headwater.core.errors import HeadwaterError
from headwater.lake.columns import BOOLEAN, FLOAT, INTEGER, LONG, TIMESTAMP, VARCHAR
from headwater.lake.warehouses import postgres_erasing
from headwater.lake.warehouses.postgres_settings import PostgresSettings
from headwater.lake.warehouses.warehouse import (
    ERASURES,
    Erase,
    Load,
    Mark,
    OvertakenError,
    Rows,
    Shape,
    TableRefusedError,
    WarehouseDownError,
)
from headwater.net import guard
from headwater.net.addresses import AddressPolicy
from headwater.net.guard import Guard, RefusedByPolicyError
from headwater.net.postgres import columns
from headwater.net.postgres.columns import Connection
from headwater.net.postgres.connections import Connections, Server
from headwater.net.postgres.load import KEY, ColumnType, Table

TYPES: dict[str, ColumnType] = {
    BOOLEAN: "boolean",
    INTEGER: "integer",
    LONG: "integer",
    FLOAT: "float",
    TIMESTAMP: "timestamp",
    VARCHAR: "text",
}
SYNCS = "_headwater_syncs"
STAGE = "headwater_stage"
QUOTED = ': "'  # behind it PostgreSQL repeats a value
# SQLSTATEs after which no other table would fare better: no line, no room, no access.
DOWN = ("08", "28", "3D", "53", "57P", "58", "XX", "25006")

IS_THERE = "SELECT to_regclass(format('%%I.%%I', %s::text, %s::text)) IS NOT NULL"
CREATE_SYNCS = sql.SQL("""
    CREATE TABLE IF NOT EXISTS {syncs} (
        source text, "table" text, loaded_offset bigint NOT NULL, last_id text NOT NULL, again_up_to bigint NOT NULL,
        rows bigint NOT NULL, loaded_at timestamp with time zone NOT NULL, PRIMARY KEY (source, "table")
    )
""")
MARKS = sql.SQL('SELECT "table", loaded_offset, last_id, again_up_to FROM {syncs} WHERE source = %s')
MARK = sql.SQL('SELECT loaded_offset, last_id, again_up_to FROM {syncs} WHERE source = %s AND "table" = %s FOR UPDATE')
MOVE = sql.SQL("""
    INSERT INTO {syncs} AS kept VALUES (%s, %s, %s, %s, %s, %s, now())
    ON CONFLICT (source, "table") DO UPDATE SET loaded_offset = EXCLUDED.loaded_offset, last_id = EXCLUDED.last_id,
        again_up_to = EXCLUDED.again_up_to, rows = kept.rows + EXCLUDED.rows, loaded_at = EXCLUDED.loaded_at
""")
# One sync at a time brings rows into a table. Of this transaction: a pooler may stand between.
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('headwater sync ' || %s || '.' || %s, 0))"
SETUP = "SELECT set_config('timezone', 'UTC', true), set_config('synchronous_commit', 'on', true)"
COPY = sql.SQL("COPY {table} ({names}) FROM STDIN (FORMAT csv)")
MAKE_STAGE = sql.SQL("CREATE TEMPORARY TABLE {stage} ON COMMIT DROP AS SELECT {names} FROM {table} WITH NO DATA")
# Several rows of one id can come only from a lake that was damaged: the first one goes on.
NEW_ONES = sql.SQL("""
    INSERT INTO {table} ({names}) SELECT DISTINCT ON ({key}) {names} FROM {stage} AS given
    WHERE NOT EXISTS (SELECT 1 FROM {table} AS kept WHERE kept.{key} = given.{key})
    ON CONFLICT DO NOTHING
""")
RENEW = sql.SQL("UPDATE {table} AS kept SET {updates} FROM {stage} AS given WHERE kept.{key} = given.{key}")
OVER = sql.SQL("{name} = coalesce(given.{name}, kept.{name})")


class PostgresWarehouse:
    """A `Warehouse`, over one connection at a time. `timeout_seconds` is what one step may take."""

    def __init__(self, settings: PostgresSettings, policy: AddressPolicy, *, clock: Clock) -> None:
        self._server = Server(
            host=settings.host,
            port=settings.port,
            database=settings.database,
            user=settings.user,
            password=settings.password,
            tls=settings.tls,
            certificate=settings.certificate,
        )
        clearance = msgspec.structs.replace(policy.clearance(URL(settings.url)), is_tracking=False)
        self._guard = Guard(policy, clearance=clearance, lookup=guard.look_up)
        self._connections = Connections(clock=clock)
        self._timeout_seconds = settings.timeout_seconds
        self._deadline: asyncio.Timeout | None = None
        self._where = f"{settings.host}:{settings.port}"

    async def marks(self, schema: str, *, source: str) -> dict[str, Mark]:
        """As `Warehouse` says."""
        async with self._lent() as connection:
            row = await (await connection.execute(IS_THERE, [schema, SYNCS])).fetchone()
            if not row or not row[0]:
                return {}
            query = MARKS.format(syncs=sql.Identifier(schema, SYNCS))
            rows = await (await connection.execute(query, [source])).fetchall()
        return {str(table): _mark(rest) for table, *rest in rows}

    async def shape(self, wanted: Shape) -> list[str]:
        """As `Warehouse` says."""
        table = Table(
            name=wanted.table, columns={name: TYPES[type_] for name, type_ in wanted.columns.items()}, rows=[]
        )
        async with self._lent() as connection, connection.transaction():
            await connection.execute(SETUP)
            before = await columns.found(connection, wanted.schema, wanted.table)
            after = await columns.shape(connection, wanted.schema, table)
            await connection.execute(CREATE_SYNCS.format(syncs=sql.Identifier(wanted.schema, SYNCS)))
        return _changes(before, after)

    async def load(self, load: Load, rows: Rows) -> int:
        """As `Warehouse` says."""
        is_staged = load.is_latest or load.is_again
        async with self._lent() as connection:
            if not is_staged:
                try:
                    return await self._load(connection, load, rows, bring=_straight)
                except UniqueViolation:  # some are there: loaded by somebody else, or before the marks were lost
                    pass
            return await self._load(connection, load, rows, bring=_newest if load.is_latest else _new_ones)

    async def erase(self, wanted: Erase) -> int:
        """As `Eraser` says."""
        syncs = sql.Identifier(wanted.schema, SYNCS)
        async with self._lent() as connection, connection.transaction():
            await connection.execute(SETUP)
            await self._lock(connection, wanted.schema, ERASURES)
            await self._check_mark(connection, syncs, (wanted.source, ERASURES), wanted.before)
            found = await postgres_erasing.tables(connection, syncs, wanted)
            for name in found:
                await self._lock(connection, wanted.schema, name)
            number = await postgres_erasing.erase(connection, syncs, wanted, found, on_step=self._go_on)
            values = [wanted.source, ERASURES, wanted.after.offset, wanted.after.id, 0, number]
            await connection.execute(MOVE.format(syncs=syncs), values)
        return number

    async def close(self) -> None:
        """As `Warehouse` says."""
        await self._connections.close()

    async def _load(self, connection: Connection, load: Load, rows: Rows, *, bring: "Bring") -> int:
        syncs, name = sql.Identifier(load.schema, SYNCS), load.table
        async with connection.transaction():
            await connection.execute(SETUP)
            await self._lock(connection, load.schema, name)
            await self._check_mark(connection, syncs, (load.source, name), load.before)
            async with aclosing(self._watched(rows)) as chunks:
                number = await bring(connection, load, chunks)
            after = load.after
            values = [load.source, name, after.offset, after.id, after.again_up_to, number]
            await connection.execute(MOVE.format(syncs=syncs), values)
        return number

    async def _lock(self, connection: Connection, schema: str, table: str) -> None:
        await connection.execute(LOCK, [schema, table])
        self._go_on()

    async def _check_mark(
        self, connection: Connection, syncs: sql.Identifier, of: tuple[str, str], expected: Mark
    ) -> None:
        row = await (await connection.execute(MARK.format(syncs=syncs), of)).fetchone()
        if (Mark() if row is None else _mark(row)) != expected:
            raise OvertakenError

    def _go_on(self) -> None:
        """Have the time for a step begin anew."""
        if self._deadline is not None:
            self._deadline.reschedule(asyncio.get_running_loop().time() + self._timeout_seconds)

    async def _watched(self, rows: Rows) -> AsyncGenerator[bytes, None]:
        """Yield the rows; as long as they are taken, the time for a step begins anew."""
        async with aclosing(rows()) as chunks:
            async for chunk in chunks:
                self._go_on()
                yield chunk

    @asynccontextmanager
    async def _lent(self) -> AsyncIterator[Connection]:
        """Lend a connection, and say in our words what goes wrong with it."""
        try:
            async with (
                asyncio.timeout(self._timeout_seconds) as self._deadline,
                self._connections.lent(self._server, self._guard) as lent,
            ):
                yield lent
        except TimeoutError:
            raise WarehouseDownError(
                f"{self._where} did not finish within {self._timeout_seconds:g} s. The setting `timeout_seconds` gives"
                " it longer."
            ) from None
        except RefusedByPolicyError as error:
            raise WarehouseDownError(str(error)) from None
        except (socket.gaierror, ConnectionError, OSError) as error:
            raise WarehouseDownError(f"{self._where} can't be reached: {error}.") from None
        except psycopg.Error as error:
            raise _error(error, self._where) from None


async def _straight(connection: Connection, load: Load, chunks: AsyncIterator[bytes]) -> int:
    return await _copied(connection, sql.Identifier(load.schema, load.table), load, chunks)


async def _new_ones(connection: Connection, load: Load, chunks: AsyncIterator[bytes]) -> int:
    await _staged(connection, load, chunks)
    return (await connection.execute(NEW_ONES.format(**_places(load)))).rowcount


async def _newest(connection: Connection, load: Load, chunks: AsyncIterator[bytes]) -> int:
    await _staged(connection, load, chunks)
    updates = [OVER.format(name=sql.Identifier(name)) for name in load.columns if name != KEY]
    renewed = 0
    if updates:
        renew = RENEW.format(updates=sql.SQL(", ").join(updates), **_places(load))
        renewed = (await connection.execute(renew)).rowcount
    return renewed + (await connection.execute(NEW_ONES.format(**_places(load)))).rowcount


async def _staged(connection: Connection, load: Load, chunks: AsyncIterator[bytes]) -> None:
    await connection.execute(MAKE_STAGE.format(**_places(load)))
    await _copied(connection, sql.Identifier(STAGE), load, chunks)


async def _copied(connection: Connection, table: sql.Identifier, load: Load, chunks: AsyncIterator[bytes]) -> int:
    async with connection.cursor() as cursor:
        async with cursor.copy(COPY.format(table=table, names=_places(load)["names"])) as copy:
            async for chunk in chunks:
                await copy.write(chunk)
        return cursor.rowcount


Bring = Callable[[Connection, Load, AsyncIterator[bytes]], Awaitable[int]]


def _places(load: Load) -> dict[str, sql.Composable]:
    return {
        "table": sql.Identifier(load.schema, load.table),
        "stage": sql.Identifier(STAGE),
        "key": sql.Identifier(KEY),
        "names": sql.SQL(", ").join(sql.Identifier(name) for name in load.columns),
    }


def _mark(values: Sequence[object]) -> Mark:
    offset, id_, again_up_to = values
    return Mark(offset=int(str(offset)), id=str(id_), again_up_to=int(str(again_up_to)))


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Say what became of a table's columns, for people."""
    if not before:
        return [f"made, with {len(after)} columns"]
    added = [f"{name}: added, {type_}" for name, type_ in after.items() if name not in before]
    widened = [
        f"{name}: {before[name]} became {type_}"
        for name, type_ in after.items()
        if name in before and before[name] != type_
    ]
    return [*added, *widened]


def _error(error: psycopg.Error, where: str) -> HeadwaterError:
    """Return what PostgreSQL said, without the values that it quotes: they are people's."""
    state = error.sqlstate
    if state is None or state.startswith(DOWN):
        return WarehouseDownError(f"{where}: {str(error).strip()}")
    said, context = error.diag.message_primary or str(error), error.diag.context or ""
    place = context.partition(QUOTED)[0] if context.startswith("COPY") else ""
    advice = (
        "Repair that in the warehouse, or leave it out: `headwater update warehouse --exclude source.table.column`."
    )
    return TableRefusedError(f"{said.partition(QUOTED)[0]} ({state}{', ' if place else ''}{place}). {advice}")
