"""Operators: people who come in by their account. Named by an address that is theirs, or their id."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from headwater.console.asking import ApiRefusalError
from headwater.console.visit import Elsewhere, Page, Route, Visit
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
        identity_id, address = await _whom(visit, form.get("who", "").strip())
        naming = {"role": form.get("role", ""), "address": address, "anyway": "anyway" in form}
        await visit.api.put(f"/api/operators/{quote(identity_id, safe='')}", naming)
    except ApiRefusalError as refusal:
        field = "anyway" if refusal.reason_code == IN_DOUBT else "who"
        return await _page(visit, typed=form, problems={field: refusal.message}, status=refusal.status)
    return Elsewhere(path=PATH, notice="operator-named")


async def remove(visit: Visit) -> Elsewhere:
    """Take somebody's role away."""
    await visit.api.delete(f"/api/operators/{quote(visit.path['identity'], safe='')}")
    return Elsewhere(path=PATH, notice="operator-removed")


async def _whom(visit: Visit, who: str) -> tuple[str, str | None]:
    """Return whose id is meant, and by which address they were. Raises ApiRefusalError for nobody."""
    if "@" not in who and not who.startswith("+"):
        return who or "-", None
    found = await visit.api.get("/admin/identities", credentials_identifier=who)
    if not found:
        reason = f"Nobody signs in as {who}. Say their id: it stands on their page."
        raise ApiRefusalError(404, code="not_found", reason=reason)
    return str(found[0]["id"]), who


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
