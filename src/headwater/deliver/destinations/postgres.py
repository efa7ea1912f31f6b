"""PostgreSQL: every event as rows of Segment's warehouse tables, in a database of yours."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from headwater.core.outcomes import Delivered, NotAuthorised, Outcome, RetryLater
from headwater.core.snake_case import MAX_NAME_BYTES
from headwater.deliver import answers, fields, lookup, patience
from headwater.deliver.destination import (
    Action,
    Batch,
    Deletion,
    Field,
    Item,
    Kind,
    Limit,
    Payload,
    Reading,
    Settings,
    SmallerBatch,
)
from headwater.deliver.vendors import warehouse_rows, warehouse_tables
from headwater.net.outbound import Request, Response

OK = 200
SQLSTATE = "sqlstate"
ERROR_CODES = "https://www.postgresql.org/docs/current/errcodes-appendix.html"
# Somebody was in our way: the next try may well work. The first letters of a SQLSTATE are its class.
TRANSIENT = ("40001", "40P01", "55P03", "57014")
DOWN = ("08", "53", "57P", "58", "XX", "25006")
NO_ACCESS = ("28", "3D000", "42501")
MAX_BATCH, MAX_BATCH_BYTES = 1_000, 4_000_000
MAX_FORGOTTEN = 1_000

_encoder = msgspec.json.Encoder()


def refusal(payload: Payload, _settings: Settings) -> str | None:
    """Refuse what is no row of a table."""
    row = payload.get("row")
    if not is_name(payload.get("table")) or not isinstance(row, dict):
        return "a row needs the name of its `table` and an object, `row`."
    odd = [name for name in row if not is_name(name)]
    if odd:
        return f"{odd[0]!r} is no name of a column: 1 to {MAX_NAME_BYTES} bytes."
    return None if lookup.text(row, warehouse_tables.KEY) else "a row needs an `id`, by which it is known again."


def is_name(name: Any) -> bool:
    """Tell whether PostgreSQL would keep a name as it is."""
    is_text = isinstance(name, str) and "\x00" not in name
    return is_text and 0 < len(name.encode(errors="replace")) <= MAX_NAME_BYTES


def request(items: Sequence[Item], settings: Settings) -> Request:
    """Return the request that puts the rows of many events into their tables, all or none."""
    tables = warehouse_tables.put_together(item.payload for item in items)
    return _ask({"do": "load", "schema": settings["schema"], "tables": tables}, settings)


def forget(people: Sequence[str], settings: Settings) -> Request:
    """Return the request that deletes people's rows from every table."""
    return _ask({"do": "forget", "schema": settings["schema"], "user_ids": list(people)}, settings)


def read(response: Response, _items: Sequence[Item] = ()) -> Reading:
    """Read what PostgreSQL said, by the class of its SQLSTATE. A transaction with one bad row fails whole."""
    outcome = _trouble(response)
    if outcome is not None:
        return outcome
    if response.status == OK:
        return Delivered()
    return SmallerBatch(_said(response))


def read_forgotten(response: Response) -> Outcome:
    """Read a deletion: what is wrong with it is for an operator to repair."""
    return _trouble(response) or (Delivered() if response.status == OK else RetryLater(_said(response)))


def _trouble(response: Response) -> Outcome | None:
    """Return the outcome where no event is at fault."""
    state = response.header(SQLSTATE) or ""
    if state.startswith(NO_ACCESS):
        return NotAuthorised(_said(response))
    if state.startswith(TRANSIENT):
        return RetryLater(_said(response))
    return RetryLater(_said(response), is_down=True) if state.startswith(DOWN) else None


def _said(response: Response) -> str:
    found = answers.json_object(response)
    return f"PostgreSQL {found.get(SQLSTATE, '')}: {answers.words(found.get('message'))}"


def _ask(order: dict[str, Any], settings: Settings) -> Request:
    host = f"[{settings['host']}]" if ":" in settings["host"] else settings["host"]
    headers = {name: settings[name] for name in ("user", "password", "tls", "certificate") if settings.get(name)}
    return Request(
        method="POST",
        url=f"postgresql://{host}:{int(settings['port'])}/{quote(settings['database'], safe='')}",
        headers=tuple(headers.items()),
        secret_headers=frozenset({"password"}),
        body=_encoder.encode(order),
        timeout_seconds=settings["timeout_seconds"],
    )


def complaint(settings: Settings) -> tuple[str, str] | None:
    """Tell an operator of a schema that PostgreSQL would call something else."""
    if not is_name(settings["schema"]):
        return "schema", f"The name of a schema is 1 to {MAX_NAME_BYTES} bytes."
    return None


def batch(settings: Settings) -> Batch:
    """Return how many rows travel together; a big batch costs a server little more than a small one."""
    return Batch(items=MAX_BATCH, bytes=MAX_BATCH_BYTES, seconds=settings["batch_seconds"])


KIND = Kind(
    name="postgres",
    title="Postgres",
    summary="Puts every event into tables of a PostgreSQL database, laid out as Segment's warehouses are.",
    category="warehouses",
    docs="https://segment.com/docs/connections/storage/warehouses/schema/",
    fields=(
        Field(name="host", label="Host", help="The name or the address of the server.", required=True, is_address=True),
        Field(
            name="port",
            label="Port",
            help="Its port.",
            type="number",
            default=5432,
            least=1,
            most=65_535,
            is_address=True,
        ),
        Field(name="database", label="Database", help="The database.", required=True),
        Field(name="user", label="User", help="A role that may create tables in the schema.", required=True),
        Field(name="password", label="Password", help="Its password.", required=True, secret=True),
        Field(
            name="schema",
            label="Schema",
            help="Where the tables are; created if it isn't there. One destination a source keeps sources apart.",
            default="headwater",
        ),
        Field(
            name="tls",
            label="TLS",
            help="verify: encrypted, and the server's certificate is checked. off: for a server in your own network"
            " that has none.",
            type="choice",
            choices=("verify", "off"),
            default="verify",
            is_address=True,
        ),
        Field(
            name="certificate",
            label="Certificate authority",
            help="PEM of the authority that signed the server's certificate, where it isn't a public one.",
            is_address=True,
        ),
        fields.BATCH_SECONDS,
        fields.timeout_seconds(what="a batch", default=30, most=300),
    ),
    payloads=warehouse_rows.of,
    actions=(Action(name="load", title="Load rows", request=request, read=read, batch=batch, refusal=refusal),),
    dedupe="id: a row that is there already is left as it is",
    deletion=Deletion(request=forget, read=read_forgotten, people=MAX_FORGOTTEN),
    limits=(
        Limit(
            text="63 bytes a name; 1,600 columns a table", source="https://www.postgresql.org/docs/current/limits.html"
        ),
        Limit(text="SQLSTATE classes say whether a later try can work", source=ERROR_CODES),
    ),
    concurrency=4,
    no_proxy="postgres takes no `proxy`: it speaks PostgreSQL's own protocol, which HTTP proxies don't pass on. Let the"
    " server be reached from here, or through a tunnel of yours that is named as `host` and `port`.",
    patience=patience.of("3d"),  # a weekend: what a warehouse lacks is missed long after
    complaint=complaint,
)
