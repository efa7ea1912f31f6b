"""Ory's admin API for people, as far as this release goes. Every route has a guard."""

from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, delete, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from headwater.identity.admin.directory import DEFAULT_PAGE_SIZE, FIRST_PAGE, BadListingError, Entry, Page
from headwater.identity.desk import Desk
from headwater.identity.flows.replies import NotSupportedYetError
from headwater.identity.people import views
from headwater.web.access import needs

Incoming = Request[Any, Any, Any]
AtHand = NamedDependency[Desk]

PATH = "/admin/identities"
FILTERS = ("ids", "credentials_identifier")
LATER = ("include_credential", "preview_credentials_identifier_similar", "organization_id", "page", "declassify")


@get("/identities", guards=[needs("identities.read")])
async def list_identities(request: Incoming, desk: AtHand) -> Response[Any]:
    query = request.query_params
    _require_known(query)
    project_id = (await desk.current.config()).project_id
    if "ids" in query:
        return _entries(await desk.directory.by_ids(query.getall("ids"), project_id=project_id), desk)
    if identifier := query.get("credentials_identifier"):
        return _entries(await desk.directory.by_identifier(identifier, project_id=project_id), desk)
    size = _size(query.get("page_size") or query.get("per_page"))
    page = await desk.directory.page(project_id=project_id, size=size, token=query.get("page_token") or FIRST_PAGE)
    return _entries(page.entries, desk, headers={"Link": _link(page)})


@get("/identities/{identity_id:str}", guards=[needs("identities.read")])
async def get_identity(identity_id: FromPath[str], request: Incoming, desk: AtHand) -> Response[Any]:
    _require_known(request.query_params)
    project_id = (await desk.current.config()).project_id
    entry = await desk.directory.get(identity_id, project_id=project_id)
    return Response(_view(entry, desk))


@delete("/identities/{identity_id:str}", guards=[needs("identities.write")], status_code=204)
async def delete_identity(identity_id: FromPath[str], desk: AtHand) -> None:
    project_id = (await desk.current.config()).project_id
    await desk.directory.remove(identity_id, project_id=project_id)


HANDLERS = (list_identities, get_identity, delete_identity)


def _require_known(query: Any) -> None:
    """Refuse what would change the answer and isn't there yet; and filters together, as Ory does."""
    if later := next((name for name in LATER if name in query), None):
        raise NotSupportedYetError(f"The parameter {later} comes in a later release.")
    if all(name in query for name in FILTERS):
        raise BadListingError("You cannot combine multiple filters in this API.")


def _size(text: str | None) -> int:
    if not text:
        return DEFAULT_PAGE_SIZE
    try:
        return int(text)
    except ValueError as error:
        raise BadListingError("page_size must be a whole number.") from error


def _link(page: Page) -> str:
    links = [("first", FIRST_PAGE), *([("next", page.next_token)] if page.next_token else [])]
    return ",".join(
        f'<{PATH}?{urlencode({"page_size": page.size, "page_token": token})}>; rel="{rel}"' for rel, token in links
    )


def _entries(entries: Any, desk: Desk, *, headers: dict[str, str] | None = None) -> Response[Any]:
    return Response([_view(entry, desk) for entry in entries], headers=headers)


def _view(entry: Entry, desk: Desk) -> dict[str, Any]:
    return views.identity_for_admin(entry.account, entry.credentials, public_url=desk.public_url)
