"""The lake: its tables, SQL over them, what it answers as a table, a drawing or a file, and queries kept by name."""

import asyncio
from typing import Any
from urllib.parse import quote

from headwater.console import query_result, spreadsheet, text_places
from headwater.console.asking import ApiRefusalError
from headwater.console.visit import Download, Elsewhere, Page, Route, Visit

PATH = "/console/lake"
SHOWN = 200
SHOWN_BYTES = 2_000_000
FILE_BYTES = 32_000_000  # waits in memory for the browser
CSV = "csv"
FILES = {CSV: "text/csv; charset=utf-8", "json": "application/x-ndjson", "parquet": "application/vnd.apache.parquet"}


async def show(visit: Visit) -> Page:
    """Show the editor, with the saved query or the table that is asked for in it."""
    opened = visit.query.get("query", "")
    if opened:
        found = await visit.api.get(f"/api/saved-queries/{quote(opened, safe='')}")
        return await _page(visit, sql=found["sql"], name=found["name"], opened=found["id"])
    return await _page(visit, sql=_everything_of(visit.query.get("schema", ""), visit.query.get("table", "")))


async def run(visit: Visit) -> Page:
    """Show the first rows of an answer."""
    sql = visit.form.get("sql", "")
    asked = {"sql": sql, "limit": SHOWN}
    try:
        answer, is_whole = await visit.api.beginning("/api/query", asked, most_bytes=SHOWN_BYTES)
    except ApiRefusalError as refusal:
        return await _again(visit, sql_problem=refusal.message, status=refusal.status)
    return await _again(visit, result=query_result.read(answer, is_whole=is_whole))


async def export(visit: Visit) -> Download | Page:
    """Give the whole answer as a file, up to what a browser may be given at once."""
    kind = visit.form.get("format", "")
    asked = {"sql": visit.form.get("sql", ""), "format": kind}
    try:
        answer, is_whole = await visit.api.beginning("/api/query", asked, most_bytes=FILE_BYTES)
    except ApiRefusalError as refusal:
        return await _again(visit, sql_problem=refusal.message, status=refusal.status)
    if not is_whole:
        hint = "Select less, or take it at the command line: headwater query --format csv"
        return await _again(visit, sql_problem=f"The file is larger than {FILE_BYTES // 10**6} MB. {hint}", status=400)
    if kind == CSV:
        answer = await asyncio.to_thread(spreadsheet.defused, answer)
    return Download(name=f"query.{kind}", media_type=FILES[kind], content=answer)


async def save(visit: Visit) -> Elsewhere | Page:
    """Keep the query: in the place of the one that was opened, or as a new one."""
    wish = {"name": visit.form.get("name", ""), "sql": visit.form.get("sql", "")}
    opened = visit.form.get("opened", "")
    try:
        if opened and "as_new" not in visit.form:
            kept = await visit.api.put(f"/api/saved-queries/{quote(opened, safe='')}", wish)
        else:
            kept = await visit.api.post("/api/saved-queries", wish)
    except ApiRefusalError as refusal:
        is_sql = refusal.details.get("path") == "/sql"
        said = {"sql_problem" if is_sql else "name_problem": refusal.message}
        return await _again(visit, status=refusal.status, **said)
    return Elsewhere(path=f"{PATH}?query={kept['id']}", notice="query-saved")


async def remove(visit: Visit) -> Elsewhere:
    """Delete a saved query."""
    await visit.api.delete(f"/api/saved-queries/{quote(visit.path['saved'], safe='')}")
    return Elsewhere(path=PATH, notice="query-deleted")


async def show_tables(visit: Visit) -> Page:
    """Show which tables there are, with their columns, and how far the lake is."""
    lake = await visit.api.get("/api/lake")
    opened = visit.query.get("schema", "")
    tables = await _tables(visit, opened)
    schemas = list(dict.fromkeys(one["schema"] for one in tables))
    if not opened and len(schemas) == 1:
        [opened] = schemas
        tables = await _tables(visit, opened)
    names = {"tables": tables, "opened": opened, "lake": lake}
    return Page(template="lake_tables.html", title="Tables of the lake", names=names)


async def _tables(visit: Visit, schema: str) -> list[Any]:
    """Return the tables of a schema with their columns, or those of all with how many each has."""
    found = await visit.api.get("/api/tables", source=schema, columns=str(bool(schema)).lower())
    tables: list[Any] = found["tables"]
    return tables


async def _again(visit: Visit, *, status: int = 200, **names: Any) -> Page:
    """Show the editor with what was typed."""
    form = visit.form
    typed = {"sql": form.get("sql", ""), "name": form.get("name", ""), "opened": form.get("opened", "")}
    return await _page(visit, status=status, **typed, **names)


async def _page(visit: Visit, *, status: int = 200, **names: Any) -> Page:
    shown = {"sql": "", "name": "", "opened": "", "sql_problem": None, "name_problem": None, "result": None, **names}
    shown["fault"] = text_places.of(shown["sql_problem"] or "")
    shown["queries"] = (await visit.api.get("/api/saved-queries"))["queries"]
    return Page(template="lake.html", title="Lake", names=shown, status=status)


def _everything_of(schema: str, table: str) -> str:
    if not (schema and table):
        return ""
    return f"SELECT * FROM {_quoted(schema)}.{_quoted(table)} LIMIT 100"  # noqa: S608  shown to somebody who may run any


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


ROUTES = (
    Route(path="/lake", work=show),
    Route(path="/lake", work=run, method="POST"),
    Route(path="/lake/tables", work=show_tables),
    Route(path="/lake/export", work=export, method="POST"),
    Route(path="/lake/queries", work=save, method="POST"),
    Route(path="/lake/queries/{saved}/delete", work=remove, method="POST"),
)
