"""Operators: people who come in by their account. Named by an address that is theirs, or their id."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from headwater.api import operator_choice
from headwater.console.asking import ApiRefusalError
from headwater.console.visit import Elsewhere, Page, Route, Visit
from headwater.core.errors import HeadwaterError
from headwater.web.access import ROLES

PATH = "/console/keys/operators"
SHOWN = 50
IN_DOUBT = "operator_in_doubt"


async def show_all(visit: Visit) -> Page:
    """List them, and show the form of a new one, filled in with who is asked for."""
    return await _page(visit, typed={"who": visit.query.get("who", "")})


async def name(visit: Visit) -> Page | Elsewhere:
    """Make somebody an operator, or give them another role."""
    form = visit.form
    try:
        identity_id, address = await operator_choice.whom(visit.api, form.get("who", "").strip())
        naming = {"role": form.get("role", ""), "address": address, "anyway": "anyway" in form}
        await visit.api.put(f"/api/operators/{quote(identity_id, safe='')}", naming)
    except HeadwaterError as refusal:
        is_in_doubt = isinstance(refusal, ApiRefusalError) and refusal.reason_code == IN_DOUBT
        problems = {"anyway" if is_in_doubt else "who": refusal.message}
        return await _page(visit, typed=form, problems=problems, status=refusal.status)
    return Elsewhere(path=PATH, notice="operator-named")


async def remove(visit: Visit) -> Elsewhere:
    """Take somebody's role away."""
    await visit.api.delete(f"/api/operators/{quote(visit.path['identity'], safe='')}")
    return Elsewhere(path=PATH, notice="operator-removed")


async def _page(
    visit: Visit, *, typed: Mapping[str, str], problems: Mapping[str, str] | None = None, status: int = 200
) -> Page:
    found = await visit.api.get("/api/operators", limit=SHOWN, after=visit.query.get("after"))
    names: dict[str, Any] = {
        "operators": found["operators"],
        "more": f"{PATH}?{urlencode({'after': found['next']})}" if found["next"] else None,
        "roles": tuple(reversed(ROLES)),
        "own": visit.operator.principal.key_id,
        "typed": typed,
        "problems": problems or {},
    }
    return Page(template="operators.html", title="Operators", names=names, status=status)


ROUTES = (
    Route(path="/keys/operators", work=show_all),
    Route(path="/keys/operators", work=name, method="POST"),
    Route(path="/keys/operators/{identity}/remove", work=remove, method="POST"),
)
