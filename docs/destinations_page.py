"""docs/destinations.md: every kind of destination, from its own sheet; and how to add one."""

import json
from typing import Any

from headwater.deliver import catalogue, kind_sheet
from headwater.deliver.destination import COMMON_FIELDS

# Said once, above.
COMMON = frozenset(field.name for field in COMMON_FIELDS)

HEAD = """# Destinations

`headwater create destination KIND --source SLUG --set key=value` sends a source's events to a tool. What a kind is, is data in its
one file (`src/headwater/deliver/destinations/`): `headwater list destination-kinds`, `GET /api/destination-kinds` and this page are
made of it. An event's own wishes (`integrations`) name the destination, or its kind by the title below.

A secret may only be named: `--set token=env:CRM_TOKEN` or `file:PATH`. What a kind maps by default, an operator's own mapping
replaces ([mappings.md](mappings.md)): it returns the kind's payload, with `action` where the kind has several.

*Dedupe* is the tool's own key against doubles, which gets the event's `messageId`: deliveries are made at least once, and a tool
without one sees an event twice when an answer is lost. *Batch* is how many items a request carries at most, and how many bytes.
*Patience* is for how long a failed delivery is tried; `--patience` gives a destination another one ([routing](routing.md)).

## Through a proxy

`--set proxy=http://user:password@proxy.example.com:3128` (or `https://`, or `env:NAME`) sends everything of that destination through a
forward proxy: deliveries, replays, tests. Every kind has the setting but postgres, whose protocol HTTP proxies don't pass on.

- `https://` goes through a tunnel (`CONNECT`): the proxy learns the host and no more, and the tool's certificate is checked as ever.
  `http://` it can read. So a new proxy gets no kept secret (`***`) that would go in clear: write it anew, or use `https://`.
- User and password of the proxy are secrets: sealed, and shown as `http://***@proxy.example.com:3128`, which written back keeps them.
- **Names are looked up by the proxy**, so it is the proxy that has to refuse those that lead into your network. Here are judged: the
  proxy's own address, like any destination's (one in your network needs `HEADWATER_PRIVATE_ADDRESSES`), and a target that is written as an
  address, in any spelling, or as `localhost` or `metadata.google.internal`. What is refused without a proxy is refused behind one, after
  redirects too.
- A proxy that is down, that can't reach the tool (a `CONNECT` that is answered 502, say) or that refuses us (407) is an outage of the
  destination: its events wait, and all goes on once it lets us through. What a proxy answers to plain `http://` in the tool's place,
  except 407, can't be told from an answer of the tool.

## The kinds
"""

GUIDE = """
## Adding a kind

```sh
headwater new destination pigeon-post          # a package with one file, its contract and its test, which passes as written
pip install ./headwater-pigeon-post            # beside Headwater; after a restart it is in `list destination-kinds`
```

A kind is a `Kind` of `headwater.deliver.destination`; a package offers it under the entry point group `headwater.destinations`,
whose entry has the kind's name. A plug-in that can't be loaded, or takes a name that is taken, is one line in the logger
(`plug_in_unusable`); nothing else notices, and asking for its kind says why it isn't there. In this repository a kind is a file in
`src/headwater/deliver/destinations/` and its contract in `tests/contracts/destinations/`; without a contract it is *beta*.

What the engine does for every kind: order, pace, retries, batches cut in halves where one item is at fault, dead letters, secrets
kept out of what is shown. What is left to a kind: which payloads an event becomes, which payload could never be sent (`refusal`),
which request carries payloads, and what the answer means for each.
"""


def page() -> str:
    """Return the page."""
    sheets = [kind_sheet.sheet(kind) for kind in catalogue.built_in().values()]
    sheets.sort(key=lambda sheet: (sheet["category"], sheet["name"]))
    rows = [_row(sheet) for sheet in sheets]
    table = ["| kind | title | category | calls | dedupe | deletes people |", "|---|---|---|---|---|---|", *rows, ""]
    return "\n".join([HEAD, *table, *(_section(sheet) for sheet in sheets)]) + GUIDE


def _row(sheet: dict[str, Any]) -> str:
    name = f"[`{sheet['name']}`](#{sheet['name']})" + (" (beta)" if sheet["beta"] else "")
    cells = [name, sheet["title"], sheet["category"], _calls(sheet), sheet["dedupe"] or "none", _deletion(sheet)]
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _calls(sheet: dict[str, Any]) -> str:
    return ", ".join(sheet["types"])


def _deletion(sheet: dict[str, Any]) -> str:
    deletion = sheet["deletion"]
    if not deletion:
        return "no"
    return f"{deletion['people']:,} a request" + (f"; needs {deletion['needs']}" if deletion["needs"] else "")


def _section(sheet: dict[str, Any]) -> str:
    lines = [
        f"## {sheet['name']}",
        "",
        sheet["summary"] + (f" [Their documentation]({sheet['docs']})." if sheet["docs"] else ""),
        "",
    ]
    lines += [
        "| setting | default | what it is |",
        "|---|---|---|",
        *(_setting(field) for field in sheet["fields"] if field["name"] not in COMMON),
        "",
    ]
    lines += [
        f"- Action `{action['name']}`: {action['title']}. {_batch(action['batch'])}" for action in sheet["actions"]
    ]
    lines += [f"- Limit: {limit['text']} ([source]({limit['source']}))." for limit in sheet["limits"]]
    if sheet["requests_per_second"] or sheet["concurrency"]:
        lines.append(f"- Pace, unless configured otherwise: {_pace(sheet)}.")
    lines.append(f"- Patience with a failed delivery, unless configured otherwise: `{sheet['patience']}`.")
    return "\n".join([*lines, ""])


def _setting(field: dict[str, Any]) -> str:
    default = (
        "required"
        if field["required"]
        else ""
        if field["default"] in (None, "", {})
        else f"`{json.dumps(field['default'])}`"
    )
    marks = [", ".join(f"`{choice}`" for choice in field["choices"]), "secret" if field["secret"] else ""]
    more = f" ({'; '.join(mark for mark in marks if mark)})" if any(marks) else ""
    return f"| `{field['name']}` | {_cell(default)} | {_cell(field['help'])}{more} |"


def _batch(batch: dict[str, Any] | None) -> str:
    return f"Batch: {batch['items']:,} items, {batch['bytes']:,} bytes." if batch else "One item a request."


def _pace(sheet: dict[str, Any]) -> str:
    paces = []
    if sheet["requests_per_second"]:
        paces.append(f"{sheet['requests_per_second']:g} requests a second")
    if sheet["concurrency"]:
        paces.append(f"{sheet['concurrency']} at a time")
    return ", ".join(paces)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", "\\n")
