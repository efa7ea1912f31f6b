"""Dead letters of a destination: searched, counted by cause, one shown whole; sent again, kept, or thrown away."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from headwater.console import whole_numbers
from headwater.console.asking import ApiRefusalError
from headwater.console.pages import destinations
from headwater.console.visit import Elsewhere, Page, Route, Visit

SHOWN = 50
CAUSES = 10
COUNTED = 5_000  # so many are looked through for what they have in common
ACTIONS = "actions"  # the lane of queued Actions, which is no destination
SEARCHED = ("text", "state", "code", "status", "type", "name", "user", "message_id", "source", "since", "until")
STATES = ("rejected", "not_authorised", "retrying")
NOTHING: Mapping[str, Any] = {"dead_letters": [], "next": None}
NOBODY: Mapping[str, Any] = {"total": 0, "counts": [], "others": 0, "is_cut": False}


async def show_all(visit: Visit) -> Page:
    """Show the newest that are searched for, and what they have in common."""
    owner, search = await _owner(visit), _searched(visit.query)
    wanted = {"destination": owner["id"], **search}
    before, refusal = visit.query.get("before"), None
    try:
        found = await visit.api.get("/api/dead-letters", limit=SHOWN, before=before, **wanted)
        counts = await visit.api.get("/api/dead-letters/counts", newest=COUNTED, **wanted)
    except ApiRefusalError as error:
        found, counts, refusal = NOTHING, NOBODY, error
    names = {
        "owner": owner,
        "search": {**dict.fromkeys(SEARCHED, ""), **search},
        "searched": search,
        "states": STATES,
        "letters": found["dead_letters"],
        "older": found["next"] and f"?{urlencode({**search, 'before': found['next']})}",
        "total": None if counts["is_cut"] else counts["total"],
        "counted": COUNTED,
        "causes": [{**one, "link": f"?{urlencode(_alike(one))}"} for one in counts["counts"][:CAUSES]],
        "waiting": (await destinations.waiting(visit)).get(owner["id"], 0),
    }
    title = f"Dead letters of {owner['name']}"
    if refusal is None:
        return Page(template="dead_letters.html", title=title, names=names)
    return Page(template="dead_letters.html", title=title, names=names, problem=refusal.message, status=refusal.status)


async def show(visit: Visit) -> Page:
    """Show one with its event, what was sent, and what was answered."""
    owner = await _owner(visit)
    letter = await visit.api.get(f"/api/dead-letters/{visit.path['letter']}")
    names = {"owner": owner, "letter": letter}
    return Page(template="dead_letter.html", title=f"Dead letter {letter['id']} of {owner['name']}", names=names)


async def redrive(visit: Visit) -> Elsewhere | Page:
    """Have them sent again, once there is room for each."""
    return await _done(visit, "redrive", notice="letters-redriven")


async def keep(visit: Visit) -> Elsewhere | Page:
    """Let those that wait to be sent again be what they were."""
    return await _done(visit, "keep", notice="letters-kept")


async def discard(visit: Visit) -> Elsewhere | Page:
    """Throw them away."""
    return await _done(visit, "discard", notice="letters-discarded")


async def _done(visit: Visit, verb: str, *, notice: str) -> Elsewhere:
    id_ = visit.path["destination"]
    wish: dict[str, Any] = {"destination": id_, **_searched(visit.form)}
    if status := wish.get("status"):
        wish["status"] = int(status) if whole_numbers.is_one(status) else status
    if ids := visit.lists.get("id"):
        wish["ids"] = [int(one) if whole_numbers.is_one(one) else one for one in ids]
    await visit.api.post(f"/api/dead-letters/{verb}", wish)
    return Elsewhere(path=f"{destinations.PATH}/{id_}/dead-letters", notice=notice)


async def _owner(visit: Visit) -> dict[str, Any]:
    id_ = visit.path["destination"]
    if id_ == ACTIONS:
        return {"id": ACTIONS, "name": "queued Actions", "at": "/console/actions"}
    found = await visit.api.get(f"/api/destinations/{id_}")
    return {"id": id_, "name": found["name"], "at": f"{destinations.PATH}/{id_}"}


def _searched(given: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name in SEARCHED if (text := given.get(name, "").strip())}


def _alike(cause: Mapping[str, Any]) -> dict[str, Any]:
    """Return the search for those of one cause."""
    same = {"state": cause["state"], "code": cause["code"], "status": cause["status"], "text": cause["reason"]}
    return {name: value for name, value in same.items() if value is not None}


AT = "/destinations/{destination}/dead-letters"
ROUTES = (
    Route(path=AT, work=show_all),
    Route(path=f"{AT}/{{letter:int}}", work=show),
    Route(path=f"{AT}/redrive", work=redrive, method="POST"),
    Route(path=f"{AT}/keep", work=keep, method="POST"),
    Route(path=f"{AT}/discard", work=discard, method="POST"),
)
