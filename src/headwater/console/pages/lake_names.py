"""What the lake's SQL editor completes: schemas, tables and columns by name."""

from typing import Any

import msgspec

from headwater.console.visit import Download, Route, Visit

MOST_COLUMNS = 5_000  # of a larger lake the tables alone are named
MOST_TABLES = 5_000


async def show(visit: Visit) -> Download:
    """Give the names to the script that asks for them."""
    tables = (await visit.api.get("/api/tables", columns="false"))["tables"]
    if sum(one["column_count"] for one in tables) <= MOST_COLUMNS:
        tables = (await visit.api.get("/api/tables"))["tables"]
    content = msgspec.json.encode(names(tables[:MOST_TABLES]))
    return Download(name="names.json", media_type="application/json", content=content)


def names(tables: list[dict[str, Any]]) -> dict[str, dict[str, list[str]]]:
    """Return the columns that are known of each table, by schema."""
    found: dict[str, dict[str, list[str]]] = {}
    for one in tables:
        found.setdefault(one["schema"], {})[one["table"]] = [column["name"] for column in one.get("columns", ())]
    return found


ROUTES = (Route(path="/lake/names", work=show),)
