"""Ory's public API, as far as this release goes: registration, whoami, schemas. Thin: read, ask, answer."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from headwater.core.errors import NotFoundError
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.desk import Desk
from headwater.identity.flows import flow as flows
from headwater.identity.flows.inbound import Inbound
from headwater.identity.flows.replies import NO_STORE, AlreadySignedInError, NotSupportedYetError
from headwater.identity.flows.submission import MAX_BODY_BYTES
from headwater.identity.people import views

Incoming = Request[Any, Any, Any]
AtHand = NamedDependency[Desk]

PAGES_COME_LATER = (
    "HTML pages for this flow come in a later release. Single-page apps: send `Accept: application/json`; native "
    "apps: start at /self-service/registration/api."
)


class SchemaNotFoundError(NotFoundError):
    """There is no identity schema with this id."""


@get("/self-service/registration/api")
async def create_native_registration_flow(request: Incoming, desk: AtHand) -> Response[Any]:
    config = await desk.current.config()
    inbound = _inbound(request, desk.public_url)
    await _require_nobody(desk, inbound, config)
    started = await desk.registration.start(flows.API, inbound=inbound, config=config)
    return desk.replies.started(started, config)


@get("/self-service/registration/browser")
async def create_browser_registration_flow(request: Incoming, desk: AtHand) -> Response[Any]:
    config = await desk.current.config()
    inbound = _inbound(request, desk.public_url)
    if not inbound.wants_json:
        raise NotSupportedYetError(PAGES_COME_LATER)
    await _require_nobody(desk, inbound, config)
    started = await desk.registration.start(flows.BROWSER, inbound=inbound, config=config)
    return desk.replies.started(started, config)


@get("/self-service/registration/flows")
async def get_registration_flow(request: Incoming, desk: AtHand) -> Response[Any]:
    config = await desk.current.config()
    inbound = _inbound(request, desk.public_url)
    flow = await desk.registration.find(inbound.query.get("id", ""), inbound=inbound, config=config)
    return Response(flows.view(flow), headers=NO_STORE)


@post("/self-service/registration", status_code=200, request_max_body_size=MAX_BODY_BYTES)
async def update_registration_flow(request: Incoming, desk: AtHand) -> Response[Any]:
    config = await desk.current.config()
    inbound = _inbound(request, desk.public_url, body=await request.body())
    await _require_nobody(desk, inbound, config)
    flow_id = inbound.query.get("flow", "")
    outcome = await desk.registration.submit(flow_id, inbound=inbound, config=config)
    return desk.replies.submitted(outcome, config)


@get("/sessions/whoami")
async def to_session(request: Incoming, desk: AtHand) -> Response[Any]:
    config = await desk.current.config()
    inbound = _inbound(request, desk.public_url)
    if "tokenize_as" in inbound.query:
        raise NotSupportedYetError("Turning sessions into JWTs (tokenize_as) comes in a later release.")
    found = await desk.whoami.get(inbound, config=config)
    headers = {**NO_STORE, "X-Kratos-Authenticated-Identity-Id": found.account.id}
    return Response(views.session(found.session, found.account, public_url=desk.public_url), headers=headers)


@get("/schemas")
async def list_identity_schemas(desk: AtHand) -> Response[Any]:
    config = await desk.current.config()
    return Response([{"id": schema.id, "schema": schema.document} for schema in config.schemas.values()])


@get("/schemas/{schema_id:path}")
async def get_identity_schema(schema_id: FromPath[Path], desk: AtHand) -> Response[Any]:
    """Ids may hold slashes (`preset://email`), so they are taken plain or in base64url, as Ory does."""
    config = await desk.current.config()
    wanted = _single_slashed(str(schema_id))
    for schema in config.schemas.values():
        if wanted in (_single_slashed(schema.id), schema.encoded_id):
            return Response(schema.document)
    raise SchemaNotFoundError


HANDLERS = (
    create_native_registration_flow,
    create_browser_registration_flow,
    get_registration_flow,
    update_registration_flow,
    to_session,
    list_identity_schemas,
    get_identity_schema,
)


async def _require_nobody(desk: Desk, inbound: Inbound, config: IdentityConfig) -> None:
    if await desk.whoami.find_or_none(inbound, config=config) is not None:
        raise AlreadySignedInError


def _inbound(request: Incoming, public_url: str, *, body: bytes = b"") -> Inbound:
    headers: dict[str, list[str]] = {}
    for name, value in request.scope["headers"]:
        headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    query = request.scope["query_string"].decode("latin-1")
    url = public_url + request.url.path + (f"?{query}" if query else "")
    client = request.client
    return Inbound(
        method=request.method,
        url=url,
        headers=headers,
        cookies=dict(request.cookies),
        query=dict(reversed(parse_qsl(query))),
        client_ip=client.host if client else "",
        body=body,
    )


def _single_slashed(text: str) -> str:
    """A path has no doubled slashes by the time it gets here."""
    return "/".join(step for step in text.split("/") if step)
