"""Ory's admin API for people. Every route has a guard."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from litestar import Request, Response, Router, delete, get, patch, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from headwater.actions.occasion import InboundRequest
from headwater.identity.admin import batch, bodies, operations, paging, routes_sessions
from headwater.identity.admin.bodies import BatchBody, CreateBody, UpdateBody
from headwater.identity.admin.directory import Entry, Filter
from headwater.identity.admin.errors import BadListingError
from headwater.identity.admin.office import Office
from headwater.identity.admin.shield import NOBODY
from headwater.identity.flows import inbound
from headwater.web import access
from headwater.web.access import needs
from headwater.web.audit import auditor
from headwater.web.audit.audited import Audited

Incoming = Request[Any, Any, Any]
AtHand = NamedDependency[Office]

PATH = "/admin/identities"
FILTERS = ("ids", "credentials_identifier", "preview_credentials_identifier_similar", "organization_id")
# Asking by how people sign in shows how they sign in, as in Kratos.
SHOW_CREDENTIALS = ("credentials_identifier", "preview_credentials_identifier_similar", "include_credential")
NOTHING: frozenset[str] = frozenset()
CREDENTIAL_TYPES = frozenset(
    {
        "password",
        "oidc",
        "saml",
        "totp",
        "lookup_secret",
        "webauthn",
        "code",
        "passkey",
        "deviceauthn",
        "link_recovery",
        "code_recovery",
    }
)


@get("/identities", guards=[needs("identities.read")])
async def list_identities(request: Incoming, office: AtHand) -> Response[Any]:
    query = request.query_params
    chosen, included = _filter(query), _included(query)
    is_expanded = any(name in query for name in SHOW_CREDENTIALS)
    project_id = (await office.current.config()).project_id
    counted = paging.counted_or_none(query)
    if counted is not None and chosen == Filter():
        entries, total = await office.directory.counted_page(
            counted, project_id=project_id, with_credentials=is_expanded
        )
        link = paging.counted_link(PATH, query.multi_items(), page=counted, total=total)
        headers = {"Link": link, "X-Total-Count": str(total)}
        return Response(await _views(request, entries, office, included), headers=headers)
    size = paging.size_of(query)
    page = await office.directory.page(
        project_id=project_id,
        after=paging.id_after(query),
        size=size,
        chosen=chosen,
        with_credentials=is_expanded,
    )
    link = paging.keyset_link(
        PATH, query.multi_items(), size=size, first_token=paging.FIRST_ID, next_token=page.next_token
    )
    return Response(await _views(request, page.entries, office, included), headers={"Link": link})


@get("/identities/{identity_id:str}", guards=[needs("identities.read")])
async def get_identity(identity_id: FromPath[str], request: Incoming, office: AtHand) -> Response[Any]:
    included = _included(request.query_params)
    project_id = (await office.current.config()).project_id
    entry = await office.directory.get(identity_id, project_id=project_id)
    return Response((await _views(request, [entry], office, included))[0])


@get("/identities/by/external/{_external_id:path}", guards=[needs("identities.read")])
async def get_identity_by_external_id(request: Incoming, office: AtHand) -> Response[Any]:
    included = _included(request.query_params)
    external_id = _after("/by/external/", request)
    project_id = (await office.current.config()).project_id
    entry = await office.directory.get_by_external_id(external_id, project_id=project_id)
    return Response((await _views(request, [entry], office, included))[0])


@post("/identities", guards=[needs("identities.write")], status_code=201)
async def create_identity(request: Incoming, office: AtHand) -> Response[Any]:
    body = bodies.read(await request.body(), CreateBody)
    entry = await office.changes.create(body, request=_told(request, office), config=await office.current.config())
    auditor.about(request, entry.account.id)
    location = f"{office.public_url}{PATH}/{entry.account.id}"
    return Response(office.view(entry), status_code=201, headers={"Location": location})


@patch("/identities", guards=[needs("identities.write", audited=Audited(counted="identities"))])
async def create_identities(request: Incoming, office: AtHand) -> Response[Any]:
    body = bodies.read(await request.body(), BatchBody)
    rows = await office.batch.create(body, request=_told(request, office), config=await office.current.config())
    return Response({"identities": [batch.view(row) for row in rows]})


@put("/identities/{identity_id:str}", guards=[needs("identities.write")])
async def replace_identity(identity_id: FromPath[str], request: Incoming, office: AtHand) -> Response[Any]:
    await office.shield.require(request, identity_id)
    body = bodies.read(await request.body(), UpdateBody)
    entry = await office.changes.replace(
        identity_id,
        body,
        request=_told(request, office),
        config=await office.current.config(),
        still=office.shield.still(request),
    )
    return Response(office.view(entry))


@patch("/identities/{identity_id:str}", guards=[needs("identities.write")])
async def patch_identity(identity_id: FromPath[str], request: Incoming, office: AtHand) -> Response[Any]:
    await office.shield.require(request, identity_id)
    change = operations.read(await request.body())
    entry = await office.changes.patch(
        identity_id,
        change,
        request=_told(request, office),
        config=await office.current.config(),
        still=office.shield.still(request),
    )
    return Response(office.view(entry))


@delete("/identities/{identity_id:str}", guards=[needs("identities.write")], status_code=204)
async def delete_identity(identity_id: FromPath[str], request: Incoming, office: AtHand) -> None:
    await office.shield.require(request, identity_id)
    config, still = await office.current.config(), office.shield.still(request)
    await office.changes.remove(identity_id, request=_told(request, office), config=config, still=still)


@delete(
    "/identities/{identity_id:str}/credentials/{type_:str}",
    guards=[needs("identities.write", audited=Audited(above=2))],
    status_code=204,
)
async def delete_credential(
    identity_id: FromPath[str], type_: FromPath[str], request: Incoming, office: AtHand
) -> None:
    await office.shield.require(request, identity_id)
    identifier = request.query_params.get("identifier") or ""
    config, still = await office.current.config(), office.shield.still(request)
    await office.changes.remove_credential(identity_id, type_, identifier=identifier, config=config, still=still)


HANDLERS = (
    list_identities,
    get_identity,
    get_identity_by_external_id,
    create_identity,
    create_identities,
    replace_identity,
    patch_identity,
    delete_identity,
    delete_credential,
    *routes_sessions.HANDLERS,
)


def router(office: Office) -> Router:
    """Return the admin API of people and sessions."""
    return Router(
        "/admin",
        route_handlers=HANDLERS,
        dependencies={"office": Provide(lambda: office, sync_to_thread=False)},
    )


def _told(request: Incoming, office: Office) -> InboundRequest:
    """Return the operator's request as Actions may be told of it."""
    return inbound.of(request, public_url=office.public_url).for_actions()


def _after(prefix: str, request: Incoming) -> str:
    """Return the rest of the path as it was sent: the parsed parameter has lost doubled slashes."""
    raw = request.scope.get("raw_path") or request.scope["path"].encode()
    return unquote(raw.decode(errors="replace").partition("?")[0].partition(prefix)[2])


def _filter(query: Any) -> Filter:
    """Return which people the list is about. Raises BadListingError."""
    given = [name for name in FILTERS if query.get(name)]
    if len(given) > 1:
        raise BadListingError("You cannot combine multiple filters in this API.")
    return Filter(
        ids=tuple(text.lower() for text in query.getall("ids")) if "ids" in given else None,
        identifier=query.get("credentials_identifier") or None,
        prefix=query.get("preview_credentials_identifier_similar") or None,
        organization_id=query.get("organization_id") or None,
    )


def _included(query: Any) -> frozenset[str]:
    """Return the types of credentials whose configuration is asked for. Raises BadListingError."""
    included = frozenset(query.getall("include_credential", []))
    if unknown := included - CREDENTIAL_TYPES:
        raise BadListingError(f"Invalid value `{min(unknown)}` for parameter `include_credential`.")
    return included


async def _views(
    request: Incoming, entries: Sequence[Entry], office: Office, included: frozenset[str]
) -> list[Mapping[str, Any]]:
    """Return people as whoever asks may see them: how operators sign in is for those alone who may name them.

    Viewers see by what people sign in, and none of the secrets.
    """
    if not access.may(request, "credentials.read"):
        included = NOTHING
    ids = [entry.account.id for entry in entries]
    shielded = await office.shield.shielded(request, ids) if included else NOBODY
    return [office.view(entry, NOTHING if entry.account.id in shielded else included) for entry in entries]
