"""One person: who they are, how and where they sign in, what happened; let back in, signed out, deleted."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from headwater.console import project_choice, timeline
from headwater.console.asking import ApiRefusalError
from headwater.console.pages.identities import PATH
from headwater.console.visit import Elsewhere, Page, Route, Visit

SESSIONS = 20
MOMENTS = 20
LOOKED_AT = 10_000  # events of everybody, the newest: this page answers at once; the debugger looks further back
TRACED = 5  # of the newest events it is asked where they went; of the others there is a link
WAYS = ("code", "link")
NOT_FOUND = 404
PASSWORD = "password"  # noqa: S105  the name of a way to sign in


async def show(visit: Visit) -> Page:
    """Show a person."""
    return await _page(visit)


async def recover(visit: Visit) -> Page:
    """Make a code or a link that lets them back in, and show it this once."""
    choice = await project_choice.of(visit)
    way = visit.form.get("way", "")
    wish = {"identity_id": visit.path["identity"], "expires_in": visit.form.get("expires_in", "").strip()}
    try:
        made = await choice.people.post(f"/admin/recovery/{way if way in WAYS else WAYS[0]}", wish)
    except ApiRefusalError as refusal:
        return await _page(visit, problem=refusal.message, status=refusal.status)
    return await _page(visit, recovery=made)


async def sign_out(visit: Visit) -> Elsewhere:
    """End one session, or all of them."""
    choice = await project_choice.of(visit)
    person, session = _id(visit), visit.form.get("session", "")
    await choice.people.delete(
        f"/admin/sessions/{quote(session, safe='')}" if session else f"/admin/identities/{person}/sessions"
    )
    return Elsewhere(path=choice.link(f"{PATH}/{person}"), notice="identity-signed-out")


async def take_away(visit: Visit) -> Elsewhere | Page:
    """Take a way to sign in away: a password, or an account elsewhere. The last one stays."""
    choice = await project_choice.of(visit)
    way, identifier = quote(visit.form.get("type") or PASSWORD, safe=""), visit.form.get("identifier", "")
    try:
        await choice.people.delete(f"/admin/identities/{_id(visit)}/credentials/{way}", identifier=identifier)
    except ApiRefusalError as refusal:
        return await _page(visit, problem=refusal.message, status=refusal.status)
    return Elsewhere(path=choice.link(f"{PATH}/{_id(visit)}"), notice="identity-credential-gone")


async def remove(visit: Visit) -> Elsewhere:
    """Delete the person for good."""
    choice = await project_choice.of(visit)
    await choice.people.delete(f"/admin/identities/{_id(visit)}")
    return Elsewhere(path=choice.link(PATH), notice="identity-deleted")


async def _page(
    visit: Visit, *, problem: str | None = None, status: int = 200, recovery: Mapping[str, Any] | None = None
) -> Page:
    choice = await project_choice.of(visit)
    person = await choice.people.get(f"/admin/identities/{_id(visit)}")
    path = f"/admin/identities/{person['id']}/sessions"
    sessions, more = await choice.people.page(path, page_size=SESSIONS, page_token=visit.query.get("sessions"))
    events = await visit.api.get("/api/events", user=person["id"], limit=MOMENTS, scan=LOOKED_AT)
    fired = await visit.api.get("/api/action-deliveries", identity=person["id"], limit=MOMENTS)
    deliveries = {one["message_id"]: await _went(visit, one) for one in events["events"][:TRACED]}
    names = {
        "choice": choice,
        "person": person,
        "name": _name(person),
        "sessions": sessions,
        "more_sessions": more,
        "moments": timeline.of(events["events"], fired["action_deliveries"], deliveries=deliveries),
        "looked_at": LOOKED_AT if events["is_cut"] else None,
        "older": events["next"],
        "consent": timeline.consent(events["events"]),
        "mail": _address(person),
        "recovery": recovery,
        "role": await _role(visit, person["id"]),
    }
    return Page(template="identity.html", title=names["name"], names=names, problem=problem, status=status)


async def _went(visit: Visit, event: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    try:
        known = {"message_id": event["message_id"], "source": event["source"], "offset": event["offset"]}
        found = await visit.api.get("/api/trace", **known)
    except ApiRefusalError as refusal:
        if refusal.status != NOT_FOUND:
            raise
        return ()  # the log has forgotten it meanwhile
    deliveries: Sequence[Mapping[str, Any]] = found.get("deliveries", ())
    return deliveries


async def _role(visit: Visit, identity_id: str) -> str | None:
    """Return what they are as an operator; None for somebody who is none."""
    try:
        return str((await visit.api.get(f"/api/operators/{quote(identity_id, safe='')}"))["role"])
    except ApiRefusalError as refusal:
        if refusal.status != NOT_FOUND:
            raise
        return None


def _id(visit: Visit) -> str:
    return quote(visit.path["identity"], safe="")


def _name(person: Mapping[str, Any]) -> str:
    """Return what people call them: the first way they sign in, else the id."""
    owned = (person.get("credentials") or {}).values()
    known = [identifier for one in owned for identifier in one.get("identifiers") or ()]
    return str(known[0] if known else person["id"])


def _address(person: Mapping[str, Any]) -> str | None:
    addresses = person.get("verifiable_addresses") or person.get("recovery_addresses") or []
    return str(addresses[0]["value"]) if addresses else None


ROUTES = (
    Route(path="/identities/{identity}", work=show),
    Route(path="/identities/{identity}/recovery", work=recover, method="POST"),
    Route(path="/identities/{identity}/sessions", work=sign_out, method="POST"),
    Route(path="/identities/{identity}/credentials", work=take_away, method="POST"),
    Route(path="/identities/{identity}/delete", work=remove, method="POST"),
)
