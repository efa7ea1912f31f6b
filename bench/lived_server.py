"""A server on which much has happened: people and their mail, a long log, what 50 destinations made of it.

It is laid into a folder once, and kept for later runs.
"""

import base64
import json
import shutil
import sqlite3
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from bench import lived_events, lived_ledger, lived_office, people, servers
from bench.line import NotMeasuredError
from bench.servers import Target
from headwater.store.folder import DataFolder

SOURCES = 30
DESTINATIONS = 50
QUIET = "quiet"  # the source that nothing came from
NOWHERE = "http://127.0.0.1:9/"
BODY = "base64://" + base64.b64encode(b"function(ctx) { id: ctx.identity.id }").decode()
NAME = "headwater-bench-lived-{people}-{events}"
UNFINISHED = ".part"
LIVED = "lived.json"
LETTERS_PER_PERSON, MAILS_PER_PERSON = 1.0, 0.1
LOOK_AGAIN_SECONDS = 0.5
STALLED_SECONDS = 120.0


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How much has happened: the rest follows from the number of people."""

    people: int
    events: int


class Lived(msgspec.Struct, frozen=True, kw_only=True):
    """What there is, for whoever asks for its pages. `away` is the person of whom nothing came for long."""

    source: str
    destination: str
    away: str
    present: str
    message_id: str


class Operator:
    """Asks a server's API with an admin key."""

    def __init__(self, target: Target) -> None:
        made = json.loads(servers.command(target.data, "create", "key", "--role", "admin", "--format", "json"))
        self.key = str(made["key"])
        self._url = target.url

    def ask(self, method: str, path: str, wanted: Any = None) -> Any:
        request = urllib.request.Request(
            self._url + path,
            method=method,
            data=None if wanted is None else json.dumps(wanted).encode(),
            headers={"authorization": f"Bearer {self.key}", "content-type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request) as answer:
                return json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            raise NotMeasuredError(f"{method} {path} says: {error.read().decode()[:200]}") from error


@contextmanager
def running(kept: Path, size: Size, *, say: Callable[[str], None]) -> Iterator[tuple[Target, Operator, Lived]]:
    """Run the server, made now if `kept` has none of that size."""
    data = kept / NAME.format(people=size.people, events=size.events)
    if not data.is_dir():
        _make(data, size, say)
    with servers.again(Target(url="", pid=0, data=data)) as target:
        lived = msgspec.json.decode((data / LIVED).read_bytes(), type=Lived)
        operator = Operator(target)
        _settle(operator, size, say)
        yield target, operator, lived


def _make(data: Path, size: Size, say: Callable[[str], None]) -> None:
    draft = data.with_suffix(UNFINISHED)
    shutil.rmtree(draft, ignore_errors=True)
    with servers.headwater(draft) as first:
        operator = Operator(first)
        names = [*(f"shop-{number}" for number in range(SOURCES - 2)), QUIET]
        made = [operator.ask("POST", "/api/sources", {"name": name}) for name in names]
    folder = DataFolder(draft)
    say(f"laying {size.people:,} people")
    people.lay(draft, size.people)
    project_id, persons = _people(folder.core_database)
    sources = [first.source, *(one["id"] for one in made if one["slug"] != QUIET)]
    say(f"laying {size.events:,} events")
    past = lived_events.lay(folder.log, people=persons, sources=sources, events=size.events, say=say)
    with servers.again(first) as second:
        ids = _destinations(Operator(second), project_id)
    say("laying deliveries, mail, audit entries and Actions")
    lived_ledger.lay(folder, past, destinations=ids, letters=int(size.people * LETTERS_PER_PERSON))
    lived_office.lay(folder, project_id=project_id, persons=persons, count=int(size.people * MAILS_PER_PERSON))
    lived = Lived(
        source="bench",
        destination=ids[0],
        away=persons[0],
        present=persons[1],
        message_id=past.record(size.events - 2).message_id,
    )
    (draft / LIVED).write_bytes(msgspec.json.encode(lived))
    draft.rename(data)


def _people(database: Path) -> tuple[str, list[str]]:
    with closing(sqlite3.connect(database)) as connection:
        (project_id,) = connection.execute("SELECT id FROM projects").fetchone()
        return project_id, [row[0] for row in connection.execute("SELECT id FROM identities ORDER BY id")]


def _destinations(operator: Operator, project_id: str) -> list[str]:
    """Make them: most are on, and wait for what comes. And an Action at the end of each way through a flow."""
    made = [
        operator.ask(
            "POST",
            "/api/destinations",
            {"kind": "webhook", "name": f"Tool {number}", "sources": ["bench"], "settings": {"url": NOWHERE}},
        )
        for number in range(DESTINATIONS)
    ]
    config = {"url": NOWHERE, "method": "POST", "body": BODY, "response": {"ignore": True}}
    hook = {"hook": "web_hook", "config": config}
    root = "/services/identity/config/selfservice/flows"
    places = (f"{root}/registration/after/password/hooks", f"{root}/login/after/hooks", f"{root}/settings/after/hooks")
    operator.ask(
        "PATCH", f"/projects/{project_id}", [{"op": "add", "path": f"{place}/0", "value": hook} for place in places]
    )
    return [str(one["id"]) for one in made]


def _settle(operator: Operator, size: Size, say: Callable[[str], None]) -> None:
    """Wait until the lake has everything. Raises NotMeasuredError when it doesn't go on."""
    seen, changed_at = -1, time.perf_counter()
    while (done := int(operator.ask("GET", "/api/lake")["cursor"])) < size.events:
        if done > seen:
            say(f"{done:,} of {size.events:,} events are in the lake")
            seen, changed_at = done, time.perf_counter()
        if time.perf_counter() > changed_at + STALLED_SECONDS:
            raise NotMeasuredError(f"the lake has {done:,} of {size.events:,} events, and no more come")
        time.sleep(LOOK_AGAIN_SECONDS)
