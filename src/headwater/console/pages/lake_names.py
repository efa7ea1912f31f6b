"""What the lake's SQL editor completes: schemas, tables and columns by name."""

from typing import Any

import msgspec

from headwater.console.visit import Download, Route, Visit

MOST_TABLES = 500


async def show(visit: Visit) -> Download:
    """Give the names to the script that asks for them."""
    names: dict[str, dict[str, list[str]]] = {}
    tables: list[dict[str, Any]] = (await visit.api.get("/api/tables"))["tables"]
    for one in tables[:MOST_TABLES]:
        columns = [column["name"] for column in one["columns"]]
        names.setdefault(one["schema"], {})[one["table"]] = columns
    return Download(name="names.json", media_type="application/json", content=msgspec.json.encode(names))


ROUTES = (Route(path="/lake/names", work=show),)
