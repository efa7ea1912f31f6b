"""Numbers that no database takes: every route refuses them in its parameters, by name, and finds nothing there."""

import inspect
import re

from fresh_rooms import client_of
from headwater.core.event import Record
from headwater.core.outcomes import State
from headwater.deliver.ledger import Ledger
from headwater.deliver.settlement import DeadLetter, Settlement

TOO_LARGE = (2**63, 2**70, -(2**63) - 1)
READ_BY_HAND = (("/api/dead-letters", "before"), ("/api/dead-letters", "id"), ("/api/dead-letters/counts", "status"))
NEEDED = {"message_id": "m", "destination": "d"}


def whole_numbers(rooms):
    """Return each path of the API and each whole number in its query."""
    for route in rooms.app.routes:
        for handler in getattr(route, "route_handlers", ()):
            for name, parameter in inspect.signature(handler.fn).parameters.items():
                is_number = re.search(r"\bint\b", str(parameter.annotation)) and "header" not in name
                if is_number and "GET" in handler.http_methods and f"{{{name}:" not in route.path:
                    yield route.path, name.replace("last_event_id", "after")


async def test_a_number_that_no_database_takes_is_refused_by_its_name(rooms):
    project, workspace = rooms.installation.project.id, rooms.installation.workspace.id
    known = [*whole_numbers(rooms), *READ_BY_HAND]
    async with client_of(rooms, authorization="Bearer token") as client:
        for path, name in known:
            whole = re.sub(r"\{id_or_slug[^}]*\}", project, path)
            whole = re.sub(r"\{workspace_id[^}]*\}", workspace, whole)
            for number in TOO_LARGE:
                answer = await client.get(whole, params={**NEEDED, name: number})

                assert (400, True) == (answer.status_code, name in answer.text), (path, name, answer.text)
    assert ("/api/trace", "offset") in known


async def test_no_dead_letter_has_a_number_that_no_database_takes(rooms):
    ledger = Ledger(rooms.folder.deliver_database, sealer=rooms.sealer)
    record = Record(source="s", message_id="m", type="track", body=b"{}", received_at_ms=0)
    letter = {"offset": 1, "at_ms": 0, "state": State.REJECTED, "reason": "no", "attempts": 1, "detail": None}
    given_up = DeadLetter(**letter, record=record)
    await ledger.settle("dst", Settlement(watermark=1, ranges=b"", dead_letters=[given_up]))
    await ledger.close()
    async with client_of(rooms, authorization="Bearer token") as client:
        found = [await client.get(f"/api/dead-letters/{number}") for number in (2**63 - 1, *TOO_LARGE)]

    assert [404] * 4 == [one.status_code for one in found]


async def test_of_deliveries_one_at_least_is_wanted(asked):
    assert 400 == (await asked("GET", "/deliveries?limit=-1"))[0]
