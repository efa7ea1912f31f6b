"""Identities: found by how they sign in or by their id, a page at a time."""

from uuid import UUID

from headwater.console import project_choice
from headwater.console.visit import Page, Route, Visit

PATH = "/console/identities"
SHOWN = 50


async def show_all(visit: Visit) -> Page:
    """Show who is searched for, or everybody."""
    choice = await project_choice.of(visit)
    search = visit.query.get("search", "").strip()
    found, following = await choice.people.page(
        "/admin/identities", page_size=SHOWN, page_token=visit.query.get("after"), **_filter(search)
    )
    names = {"choice": choice, "search": search, "people": found, "after": following}
    return Page(template="identities.html", title="Identities", names=names)


def _filter(search: str) -> dict[str, str]:
    if not search:
        return {}
    try:
        return {"ids": str(UUID(search))}
    except ValueError:
        return {"preview_credentials_identifier_similar": search}


ROUTES = (Route(path="/identities", work=show_all),)
