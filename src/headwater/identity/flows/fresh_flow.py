"""A registration flow at its beginning: the form of the chosen schema, tied to the browser that asked."""

import msgspec

from headwater.core import ids, secrets
from headwater.core.errors import BadRequestError
from headwater.identity import messages
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import csrf, nodes, return_to
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.inbound import Inbound
from headwater.identity.flows.nodes import Ui
from headwater.identity.people import views
from headwater.identity.people.schema import IdentitySchema

MS = 1000
MAX_REQUEST_URL = 2_048
MS_A_MINUTE = 60_000


class UnknownSchemaError(BadRequestError):
    """There is no identity schema with this id that people may choose."""

    code = "unknown_identity_schema"


def make(
    flow_type: str, *, inbound: Inbound, config: IdentityConfig, csrf_cookie: str | None, public_url: str, now_ms: int
) -> Flow:
    """Return a new flow. Raises UnknownSchemaError or ReturnToForbiddenError."""
    flow_id = ids.new_uuid()
    chosen = inbound.query.get("identity_schema") or None
    schema = _schema(chosen, config)
    wanted = inbound.query.get("return_to")
    action = f"{public_url}/self-service/registration?flow={flow_id}"
    return Flow(
        id=flow_id,
        type=flow_type,
        schema_id=schema.id,
        identity_schema=chosen,
        request_url=inbound.url[:MAX_REQUEST_URL],  # anyone may start a flow, and each is stored
        return_to=return_to.checked(wanted, public_url=public_url, allowed=config.allowed_return_urls),
        ui=form(schema, config=config, action=action, csrf_cookie=csrf_cookie),
        csrf_sha256=None if csrf_cookie is None else secrets.fingerprint(csrf_cookie),
        issued_at_ms=now_ms,
        expires_at_ms=now_ms + int(config.registration_seconds * MS),
    )


def instead_of(
    expired: Flow, *, inbound: Inbound, config: IdentityConfig, csrf_cookie: str | None, public_url: str, now_ms: int
) -> Flow:
    """Return a new flow that goes on where `expired` was begun, and says that it did expire."""
    inbound = msgspec.structs.replace(inbound, query={"identity_schema": expired.identity_schema or ""})
    fresh = make(
        expired.type, inbound=inbound, config=config, csrf_cookie=csrf_cookie, public_url=public_url, now_ms=now_ms
    )
    message = messages.flow_expired(
        (now_ms - expired.expires_at_ms) / MS_A_MINUTE,
        expired_at=views.time(expired.expires_at_ms),
        expired_at_unix=expired.expires_at_ms // MS,
    )
    return msgspec.structs.replace(
        fresh,
        request_url=expired.request_url,
        return_to=expired.return_to,
        ui=msgspec.structs.replace(fresh.ui, messages=(message,)),
    )


def form(schema: IdentitySchema, *, config: IdentityConfig, action: str, csrf_cookie: str | None) -> Ui:
    """Return the empty form, with a fresh token for the browser that holds `csrf_cookie`."""
    ui = nodes.registration(schema.fields, action=action, with_password=config.password.is_enabled)
    return ui if csrf_cookie is None else nodes.with_csrf(ui, csrf.token(csrf_cookie))


def _schema(chosen: str | None, config: IdentityConfig) -> IdentitySchema:
    if chosen is None:
        return config.default_schema
    schema = config.schemas.get(chosen)
    if schema is None or not schema.is_selectable:
        raise UnknownSchemaError
    return schema
