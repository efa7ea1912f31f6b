"""What goes of people in PostgreSQL, within the transaction at hand. Every table of the source is gone through.

A table that has none of the columns that say whose a row is keeps its rows.
"""

from collections.abc import AsyncIterator, Callable

from psycopg import sql

from headwater.lake.erasures import ANONYMOUS_ID, PREVIOUS_ID, USER_ID
from headwater.lake.warehouses.warehouse import ERASURES, Erase, Latest
from headwater.net.postgres import columns
from headwater.net.postgres.columns import Connection
from headwater.net.postgres.load import KEY

TABLES = sql.SQL('SELECT "table" FROM {syncs} WHERE source = %s AND "table" <> %s ORDER BY 1')
ABOUT = sql.SQL("SELECT DISTINCT {about} FROM {table} WHERE {theirs} AND {about} IS NOT NULL")
DELETE = sql.SQL("DELETE FROM {table} WHERE id = ANY(%s)")
# A mark at an event that goes is one at no event: that the lake lacks it says nothing of the lake.
DELETE_THEIRS = sql.SQL("""
    WITH gone AS (DELETE FROM {table} WHERE ({theirs}) AND NOT id = ANY(%s) RETURNING id),
    marked AS (
        UPDATE {syncs} SET last_id = ''
        WHERE source = %s AND "table" = ANY(%s) AND last_id IN (SELECT id FROM gone)
    )
    SELECT count(*) FROM gone
""")
BEGIN_ANEW = sql.SQL("""
    UPDATE {syncs} SET loaded_offset = 0, last_id = '', again_up_to = 0 WHERE source = %s AND "table" = %s
""")
IS = sql.SQL("{column} = ANY({ids})")


async def tables(connection: Connection, syncs: sql.Identifier, wanted: Erase) -> list[str]:
    """Return the tables of the source that were ever loaded, in the one order that all lock them in."""
    rows = await connection.execute(TABLES.format(syncs=syncs), [wanted.source, ERASURES])
    return [str(name) for (name,) in await rows.fetchall()]


async def erase(
    connection: Connection, syncs: sql.Identifier, wanted: Erase, found: list[str], *, on_step: Callable[[], None]
) -> int:
    """Delete from these tables; return how many rows went. `on_step` hears of each that is done."""
    number = 0
    async for gone in _each(connection, syncs, wanted, found):
        number += gone
        on_step()
    return number


async def _each(connection: Connection, syncs: sql.Identifier, wanted: Erase, found: list[str]) -> AsyncIterator[int]:
    """Go through newest values first: whom they are about is known by the events, which go then."""
    for name in found:
        if name in wanted.latest:
            yield await _latest(connection, syncs, wanted, name)
    for name in found:
        if name not in wanted.latest:
            yield await _events(connection, syncs, wanted, name)


async def _latest(connection: Connection, syncs: sql.Identifier, wanted: Erase, name: str) -> int:
    of = wanted.latest[name]
    gone = of.known | await _about(connection, wanted, of)
    if not gone or KEY not in await columns.found(connection, wanted.schema, name):
        return 0
    delete = DELETE.format(table=sql.Identifier(wanted.schema, name))
    number = (await connection.execute(delete, [list(gone)])).rowcount
    if gone - of.ended:
        await connection.execute(BEGIN_ANEW.format(syncs=syncs), [wanted.source, name])
    return number


async def _about(connection: Connection, wanted: Erase, of: Latest) -> set[str]:
    has = await columns.found(connection, wanted.schema, of.events)
    theirs = _theirs(wanted, has)
    if of.about not in has or theirs is None:
        return set()
    query = ABOUT.format(about=sql.Identifier(of.about), table=sql.Identifier(wanted.schema, of.events), theirs=theirs)
    return {str(about) for (about,) in await (await connection.execute(query)).fetchall()}


async def _events(connection: Connection, syncs: sql.Identifier, wanted: Erase, name: str) -> int:
    has = await columns.found(connection, wanted.schema, name)
    theirs = _theirs(wanted, has)
    if theirs is None or KEY not in has:
        return 0
    made_of_it = [latest for latest, of in wanted.latest.items() if of.events == name]
    query = DELETE_THEIRS.format(table=sql.Identifier(wanted.schema, name), theirs=theirs, syncs=syncs)
    values = [list(wanted.stay.get(name, ())), wanted.source, [name, *made_of_it]]
    row = await (await connection.execute(query, values)).fetchone()
    return int(str(row[0])) if row else 0


def _theirs(wanted: Erase, has: dict[str, str]) -> sql.Composable | None:
    both = wanted.user_ids | wanted.anonymous_ids
    ids = {USER_ID: wanted.user_ids, ANONYMOUS_ID: wanted.anonymous_ids, PREVIOUS_ID: both}
    found = [
        IS.format(column=sql.Identifier(name), ids=sql.Literal(sorted(of)))
        for name, of in ids.items()
        if of and name in has
    ]
    return sql.SQL("({})").format(sql.SQL(" OR ").join(found)) if found else None
