"""Operator keys: made, shown once on the page that answers, and revoked. A token is in no address."""

from typing import Any
from urllib.parse import quote

from headwater.console.asking import ApiRefusalError
from headwater.console.visit import Elsewhere, Page, Route, Visit
from headwater.web.access import ROLES

PATH = "/console/keys"


async def show_all(visit: Visit) -> Page:
    """List them, and show the form of a new one."""
    return await _page(visit)


async def create(visit: Visit) -> Page:
    """Make one, and show its token: the only time it is known."""
    form = visit.form
    until = form.get("expires_on", "").strip()
    wish = {
        "name": form.get("name", ""),
        "role": form.get("role", ""),
        "project_id": form.get("project_id") or None,
        "expires_at": f"{until}T00:00:00Z" if until else None,
    }
    try:
        made = await visit.api.post("/api/keys", wish)
    except ApiRefusalError as refusal:
        field = "expires_on" if "expire" in refusal.message else "name" if "name" in refusal.message else None
        problems = {field: refusal.message} if field else {}
        return await _page(visit, typed=form, problems=problems, problem=None if field else refusal.message)
    return await _page(visit, made=made)


async def revoke(visit: Visit) -> Elsewhere:
    """Make one worthless at once."""
    await visit.api.delete(f"/api/keys/{quote(visit.path['key'], safe='')}")
    return Elsewhere(path=PATH, notice="operator-key-revoked")


async def _page(
    visit: Visit,
    *,
    typed: Any = None,
    made: Any = None,
    problems: dict[str, str] | None = None,
    problem: str | None = None,
) -> Page:
    names = {
        "keys": (await visit.api.get("/api/keys"))["keys"],
        "projects": {one["id"]: one["name"] for one in await visit.api.get("/projects")},
        "roles": tuple(reversed(ROLES)),
        "own": visit.operator.principal.key_id,
        "typed": typed or {},
        "made": made,
        "problems": problems or {},
    }
    status = 400 if problem or problems else 200
    return Page(template="keys.html", title="Keys", names=names, problem=problem, status=status)


ROUTES = (
    Route(path="/keys", work=show_all),
    Route(path="/keys", work=create, method="POST"),
    Route(path="/keys/{key}/revoke", work=revoke, method="POST"),
)
