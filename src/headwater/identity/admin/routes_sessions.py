"""Ory's admin API for sessions. Every route has a guard."""

from typing import Any

from litestar import Request, Response, delete, get, patch
from litestar.di import NamedDependency
from litestar.params import FromPath

from headwater.identity.admin import paging
from headwater.identity.admin.errors import BadListingError
from headwater.identity.admin.office import Office
from headwater.identity.admin.session_book import Kept
from headwater.identity.people import views
from headwater.web.access import needs
from headwater.web.audit.audited import Audited

Incoming = Request[Any, Any, Any]
AtHand = NamedDependency[Office]

PATH = "/admin/sessions"
IDENTITY = "identity"
DEVICES = "devices"
EXPANDABLE = frozenset({IDENTITY, DEVICES})
# The audit log says whose session it was.
OWNER = Audited(query="expand=identity")
OWNER_ABOVE = Audited(above=1, query="expand=identity")
# As Go reads a boolean.
TRUTHS = {
    **dict.fromkeys(("1", "t", "T", "true", "TRUE", "True"), True),
    **dict.fromkeys(("0", "f", "F", "false", "FALSE", "False"), False),
}


@get("/sessions", guards=[needs("identities.read")])
async def list_sessions(request: Incoming, office: AtHand) -> Response[Any]:
    query = request.query_params
    active, expanded, size = _active(query), _expanded(query), paging.size_of(query)
    found, next_token = await office.sessions.page(
        project_id=(await office.current.config()).project_id,
        active=active,
        after=paging.session_after(query),
        size=size,
        with_people=IDENTITY in expanded,
    )
    link = paging.keyset_link(
        PATH, query.multi_items(), size=size, first_token=paging.FIRST_SESSION, next_token=next_token
    )
    return Response([_view(kept, office, expanded) for kept in found], headers={"Link": link})


@get("/sessions/{session_id:str}", guards=[needs("identities.read")])
async def get_session(session_id: FromPath[str], request: Incoming, office: AtHand) -> Response[Any]:
    expanded = _expanded(request.query_params)
    project_id = (await office.current.config()).project_id
    kept = await office.sessions.get(session_id, project_id=project_id, with_people=IDENTITY in expanded)
    shown = _view(kept, office, expanded)
    # A list even where nobody asked for the devices, as in Kratos; the lists of sessions have null there.
    return Response({**shown, "devices": shown["devices"] or []})


@delete("/sessions/{session_id:str}", guards=[needs("identities.write", audited=OWNER)], status_code=204)
async def disable_session(session_id: FromPath[str], office: AtHand) -> None:
    await office.sessions.disable(session_id, project_id=(await office.current.config()).project_id)


@patch("/sessions/{session_id:str}/extend", guards=[needs("identities.write", audited=OWNER_ABOVE)])
async def extend_session(session_id: FromPath[str], request: Incoming, office: AtHand) -> Response[Any]:
    config = await office.current.config()
    await office.shield.require_for_session(request, session_id, project_id=config.project_id)
    kept = await office.sessions.extend(session_id, config=config, still=office.shield.still(request))
    flags = config.document.get("feature_flags")
    if isinstance(flags, dict) and flags.get("faster_session_extend") is True:
        return Response(None, status_code=204)
    return Response(_view(kept, office, EXPANDABLE))


@get("/identities/{identity_id:str}/sessions", guards=[needs("identities.read")])
async def list_identity_sessions(identity_id: FromPath[str], request: Incoming, office: AtHand) -> Response[Any]:
    query = request.query_params
    page = paging.numbered(query)
    found, total = await office.sessions.of_identity(
        identity_id, project_id=(await office.current.config()).project_id, active=_active(query), page=page
    )
    path = f"/admin/identities/{identity_id}/sessions"
    link = paging.numbered_link(path, query.multi_items(), page=page, total=total)
    headers = {"Link": link, "X-Total-Count": str(total)}
    return Response([_view(kept, office, EXPANDABLE) for kept in found], headers=headers)


@delete("/identities/{identity_id:str}/sessions", guards=[needs("identities.write")], status_code=204)
async def delete_identity_sessions(identity_id: FromPath[str], office: AtHand) -> None:
    project_id = (await office.current.config()).project_id
    await office.sessions.delete_of_identity(identity_id, project_id=project_id)


HANDLERS = (
    list_sessions,
    get_session,
    disable_session,
    extend_session,
    list_identity_sessions,
    delete_identity_sessions,
)


def _active(query: Any) -> bool | None:
    """Return whether only sessions that count, or only ended ones, are asked for. Raises BadListingError."""
    text = query.get("active")
    if not text:
        return None
    if text not in TRUTHS:
        raise BadListingError("could not parse parameter active: it is true or false.")
    return TRUTHS[text]


def _expanded(query: Any) -> frozenset[str]:
    """Return what is to be shown beside the session. Raises BadListingError."""
    expanded = frozenset(text.lower() for text in query.getall("expand", []))
    if unknown := expanded - EXPANDABLE:
        raise BadListingError(f"Could not parse expand option: {min(unknown)}")
    return expanded


def _view(kept: Kept, office: Office, expanded: frozenset[str]) -> dict[str, Any]:
    return views.session_for_admin(
        kept.session,
        kept.account,
        public_url=office.public_url,
        now_ms=office.sessions.now_ms,
        shows_devices=DEVICES in expanded,
    )
