"""`headwater get table SCHEMA.TABLE`."""

from urllib.parse import quote

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here
from headwater.cli.usage import UsageError

TABLE = View(rows="columns", columns=("name", "type", "note"), id="name")


async def run(table: str, *, at: Here) -> None:
    """Show a table's columns (SCHEMA.TABLE), and why one is wider than it was, or what found no column of its own."""
    schema, _, name = table.partition(".")
    if not (schema and name):
        raise UsageError("Name the table with its schema, such as web_shop.order_completed.")
    async with connected(at) as client:
        at.show(await client.get(f"/api/tables/{quote(schema, safe='')}/{quote(name, safe='')}"), view=TABLE)
