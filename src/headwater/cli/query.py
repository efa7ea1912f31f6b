"""`headwater query "SELECT …"`: SQL over the lake, printed as it comes, or put into a file."""

import contextlib
import dataclasses
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import IO, Annotated, Any

import msgspec
from cyclopts import Parameter

from headwater.cli import query_sink, saved_query_choice, table
from headwater.cli.client import Client, cut_lines
from headwater.cli.connection import connected
from headwater.cli.output import DEFAULTS, ROW_FORMATS, TABLE, View, as_json, escaped
from headwater.cli.query_answer import QueryAnswer
from headwater.cli.session import Here, Session
from headwater.cli.usage import UsageError
from headwater.core import spans

JSON = "json"
MEDIA_TYPES = {JSON: "application/x-ndjson", "csv": "text/csv", "parquet": "application/vnd.apache.parquet"}
TABLE_ROWS = 1_000
SILENCE_SECONDS = 3_600.0  # the server ends a query that takes too long for it
ROWS = View(columns=(), id="id")
ONE_OF = "Give the SQL, or --saved NAME: `headwater list queries` shows the saved ones."


async def run(
    sql: Annotated[
        str | None, Parameter(help="One SELECT. A table is SOURCE.EVENT, such as web.order_completed.")
    ] = None,
    *,
    saved: Annotated[
        str | None, Parameter(help="Instead: a saved query, by name or id; `headwater list queries` shows them.")
    ] = None,
    output: Annotated[
        Path | None, Parameter(help="Put the answer into this file; .csv, .json and .parquet say in which format.")
    ] = None,
    limit: Annotated[
        int | None, Parameter(help=f"At most so many rows; default: all, {TABLE_ROWS} of a table.")
    ] = None,
    timeout: Annotated[  # noqa: ASYNC109  the flag's name
        str | None, Parameter(help="How long it may take, such as 30s; default: as the server says.")
    ] = None,
    at: Here,
) -> None:
    """Ask the lake, the newest events included. --format csv or parquet, too, besides the usual ones."""
    if (sql is None) == (saved is None):
        raise UsageError(ONE_OF)
    form = _form(at, output)
    wanted: dict[str, Any] = {"format": form if form in ROW_FORMATS else "json"}
    if limit is not None or form == TABLE:
        wanted["limit"] = TABLE_ROWS if limit is None else limit
    if timeout is not None:
        wanted["timeout_seconds"] = _seconds(timeout)
    with query_sink.opened(output) as sink:
        async with connected(at) as client:
            wanted["sql"] = sql if saved is None else (await saved_query_choice.find(client, saved))["sql"]
            async with contextlib.aclosing(_asked(client, wanted)) as pieces:
                answer = await _print(pieces, sink, at, form=form)
    if answer is not None:
        _remark(answer, is_limited=limit is not None)


async def _print(pieces: AsyncGenerator[bytes, None], sink: IO[bytes], at: Session, *, form: str) -> QueryAnswer | None:
    """Write the answer as it comes; return what is to be said of it besides, None where it is a file as it is."""
    if form in ROW_FORMATS:
        async for piece in pieces:
            sink.write(piece)
        return None
    answer = QueryAnswer()
    rows = answer.read(cut_lines(pieces))
    if form == JSON:
        await _print_objects(answer, rows, sink)
    else:
        sink.write(_rendered(answer, [row async for row in rows], at, form=form))
    return answer


def _asked(client: Client, wanted: dict[str, Any]) -> AsyncGenerator[bytes, None]:
    return client.pieces(
        "/api/query", wanted, media_type=MEDIA_TYPES[wanted["format"]], silence_seconds=SILENCE_SECONDS
    )


def _form(at: Session, output: Path | None) -> str:
    """Return the format asked for, or the one that the file's name says."""
    by_name = {".csv": "csv", ".parquet": "parquet", ".json": JSON, ".yaml": "yaml"}
    form = at.output.format
    if form is None or form in DEFAULTS:
        form = TABLE if output is None else by_name.get(output.suffix, TABLE)
    if form == "parquet" and output is None and sys.stdout.isatty():
        raise UsageError("Parquet is nothing for a terminal; put it into a file with --output FILE.")
    return form


def _seconds(timeout: str) -> float:
    span = spans.read(timeout)
    if not span:
        raise UsageError(f"--timeout takes a time such as 30s or 5m, not {timeout!r}.")
    return span.total_seconds()


async def _print_objects(answer: QueryAnswer, rows: AsyncIterator[list[Any]], sink: IO[bytes]) -> None:
    """Write one array of objects, a row a line."""
    between = "["
    async for row in rows:
        sink.write(f"{between}{_object(dict(zip(answer.columns, row, strict=True)))}".encode())
        between = ",\n"
    sink.write(f"{between if between == '[' else ''}]\n".encode())


def _object(row: dict[str, Any]) -> str:
    try:
        return escaped(msgspec.json.encode(row).decode())  # many times faster, and there may be millions
    except OverflowError:  # an integer past 64 bits
        return as_json(row)


def _rendered(answer: QueryAnswer, rows: list[list[Any]], at: Session, *, form: str) -> bytes:
    if form == TABLE and not at.output.is_quiet:
        text = table.grid(answer.columns, rows, width=at.output.width)
    else:
        objects = [dict(zip(answer.columns, row, strict=True)) for row in rows]
        text = dataclasses.replace(at.output, format=form).render(objects, view=ROWS)
    return f"{text}\n".encode() if text else b""


def _remark(answer: QueryAnswer, *, is_limited: bool) -> None:
    if answer.is_cut and not is_limited:
        print(f"These are the first {answer.rows} rows; --limit shows more of them.", file=sys.stderr)
    if answer.behind:
        print(f"The newest {answer.behind} records are not in it: the lake's writer is behind.", file=sys.stderr)
