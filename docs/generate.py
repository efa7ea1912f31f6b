"""`make docs`: the pages that are tables of the code. A test fails when one is stale."""

import importlib
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path

import headwater
from docs import cli_page, config_page, destinations_page
from headwater.cli import commands
from headwater.core.errors import HeadwaterError
from headwater.settings import SETTINGS

DOCS = Path(__file__).parent

WORDS = """
| word | meaning |
|---|---|
| workspace | owns sources, destinations and keys |
| project | an identity project with its identity-config |
| revision | what a project's document was after one change: numbered, with its author; the newest 1,000 are kept |
| source | what sends events; has write keys. The slug `identity` is reserved |
| write key | a public identifier that says which source an event belongs to |
| event | one tracking call, as stored |
| record | one entry of the log: an event, or a queued action |
| log | the durable event log (diagnostics go to the *logger*) |
| segment | a numbered part of the log: events and the index of their ids |
| cursor | how far a reader is |
| lane | what delivers to one destination: its cursor, breaker and retries |
| destination | a configured tool; its *kind* is its type in the *catalogue* |
| delivery | one event to one destination; an *attempt* is one try of it |
| outcome | delivered, retry later, rejected, not authorised, filtered: it says what happens next |
| dead letter | a delivery that will not be tried again |
| replay | a stretch of the log that a destination gets again: a lane that has an end |
| warehouse | a database of the operator's that the lake's tables are synced into; a *sync* is one run of that, a *mark* how far a table is |
| blueprint | the whole configuration as one document: what `get config` writes, and `plan` and `apply` read |
| ledger | deliver.db: cursors, attempts, retries, dead letters |
| trigger | a moment in a flow (before or after, method); of a mapping: the FQL that says which events it is for |
| action | a hook configured at a trigger |
| firing | one hook on one occasion, as the delivery log of Actions (actions.db) keeps it |
| occasion | one time a trigger was reached, with all that a hook may know of it |
| outbox | identity's records waiting for the log; *held* ones wait to see whether an inline try works |
| relay | moves the outbox to the log |
| backup | the whole data folder as it was at one moment; `backup.json` says what is in it. A *run* is one making of it |
| audit log | who changed what by the API, when, what was there before and after; an *entry* is one change |
| rejection | an event that was answered 200 and dropped, and why |
| consent | what a person agreed to, by category, as each of their events says it; a destination's categories need their yes |
| suppression | a userId that may not be processed: nothing of it is stored, and nothing sent |
| regulation, profile, plan | see DESIGN; not in this release |
"""


def settings() -> str:
    """Return docs/settings.md."""
    rows = [
        f"| `{one.variable}` | `{one.flag}` | {f'`{one.default}`' if one.default else ''} | {one.help} |"
        for one in SETTINGS
    ]
    head = "# Settings\n\nOf `headwater serve`, by variable or flag; a flag wins. An unknown `HEADWATER_` variable is refused.\n"
    client = (
        "\n`HEADWATER_URL` and `HEADWATER_KEY` are the client commands' own: where the server is, and the key to it.\n"
    )
    return "\n".join([head, "| variable | flag | default | what it does |", "|---|---|---|---|", *rows, client])


def errors() -> str:
    """Return docs/errors.md."""
    every_module()
    codes: dict[str, list[type[HeadwaterError]]] = {}
    ours = [kind for kind in _subclasses(HeadwaterError) if kind.__module__.startswith("headwater.")]
    for kind in sorted(ours, key=lambda kind: (kind.__module__, kind.__name__)):
        codes.setdefault(kind.code, []).append(kind)
    rows = [
        "| `{}` | {} | {} |".format(
            code,
            ", ".join(str(status) for status in sorted({kind.status for kind in codes[code]})),
            "<br>".join(_sentence(kind.__doc__, whole=True) for kind in codes[code]),
        )
        for code in sorted(codes)
    ]
    head = (
        "# Errors\n\nEvery error has a stable `code`. Outside the tracking API it stands in Ory's envelope,\n"
        '`{"error": {"id": <code>, "code": <status>, "status", "reason", "message"}}`; in the tracking API in Segment\'s,\n'
        '`{"success": false, "code", "message", "error"}`. The sentence is the default; most say more.\n'
    )
    return "\n".join([head, "| code | status | what it says |", "|---|---|---|", *rows, ""])


def cli() -> str:
    """Return docs/cli.md."""
    rows = [
        f"| `headwater {' '.join(part for part in (one.verb, one.nouns[0]) if part)}` | {one.help} |"
        for one in commands.COMMANDS
    ]
    return "\n".join([cli_page.HEAD, "| command | what it does |", "|---|---|", *rows, cli_page.GUIDE])


def glossary() -> str:
    """Return docs/glossary.md: the words, then every module in one sentence."""
    rows = [f"| `{name.removeprefix('headwater.')}` | {_sentence(text)} |" for name, text in every_module()]
    return "\n".join(["# Glossary", WORDS, "## Modules\n", "| module | what it is |", "|---|---|", *rows, ""])


def every_module() -> list[tuple[str, str]]:
    """Return (name, docstring) of every module of ours, imported."""
    found = pkgutil.walk_packages(headwater.__path__, "headwater.")
    names = [one.name for one in found if ".migrations" not in one.name and not one.name.endswith("__main__")]
    return [(name, importlib.import_module(name).__doc__ or "") for name in sorted(names)]


PAGES = {
    "settings.md": settings,
    "errors.md": errors,
    "cli.md": cli,
    "destinations.md": destinations_page.page,
    "glossary.md": glossary,
    "identity-config.md": config_page.page,
}


def _subclasses(kind: type[HeadwaterError]) -> Iterator[type[HeadwaterError]]:
    for below in kind.__subclasses__():
        yield below
        yield from _subclasses(below)


def _sentence(text: str | None, *, whole: bool = False) -> str:
    """Return the first paragraph of a docstring (its first sentence unless `whole`) on one line, fit for a table."""
    paragraph = " ".join((text or "").strip().split("\n\n")[0].split()).replace("|", "\\|")
    return paragraph if whole else paragraph.split(". ")[0].rstrip(".")


if __name__ == "__main__":
    for page, make in PAGES.items():
        (DOCS / page).write_text(make())
    sys.stdout.write(f"wrote {', '.join(PAGES)}\n")
