"""Self-service flows as stored, and as clients see them. A flow holds what was typed so far, never a password."""

from typing import Any

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from headwater.identity.flows.nodes import Ui
from headwater.identity.people import views
from headwater.store.tables import flows

API = "api"
BROWSER = "browser"
REGISTRATION = "registration"
CHOOSE_METHOD = "choose_method"

# An expired flow is kept this long, so that its late submit can be answered 410 with a fresh one, not 404.
KEPT_AFTER_EXPIRY_MS = 24 * 3600 * 1000


class Flow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One run through a form.

    `csrf_sha256` ties a browser's flow to that browser's cookie. `unfinished_id` is the account this flow has
    made while its Actions haven't all gone through yet: submitting again then continues instead of starting over.
    """

    id: str
    type: str
    schema_id: str
    request_url: str
    ui: Ui
    issued_at_ms: int
    expires_at_ms: int
    state: str = CHOOSE_METHOD
    return_to: str | None = None
    identity_schema: str | None = None
    csrf_sha256: str | None = None
    unfinished_id: str | None = None


_decoder = msgspec.json.Decoder(Flow)


def insert_flow(connection: Connection, flow: Flow, *, project_id: str) -> None:
    """Store a new flow, and forget those long expired: anyone may start one, so they must not pile up."""
    connection.execute(delete(flows).where(flows.c.expires_at_ms < flow.issued_at_ms - KEPT_AFTER_EXPIRY_MS))
    row = {
        "id": flow.id,
        "project_id": project_id,
        "kind": REGISTRATION,
        "document": _text(flow),
        "csrf_sha256": flow.csrf_sha256,
        "expires_at_ms": flow.expires_at_ms,
    }
    connection.execute(insert(flows), row)


def save(connection: Connection, flow: Flow) -> None:
    """Store what has changed in a flow."""
    connection.execute(update(flows).where(flows.c.id == flow.id).values(document=_text(flow)))


def find_or_none(connection: Connection, flow_id: str, *, project_id: str) -> Flow | None:
    """Return a registration flow of the project, expired ones included."""
    chosen = flows.c.id == flow_id, flows.c.project_id == project_id, flows.c.kind == REGISTRATION
    document = connection.execute(select(flows.c.document).where(*chosen)).scalar()
    return None if document is None else _decoder.decode(document)


def view(flow: Flow, *, active: str | None = None, transient_payload: Any = None) -> dict[str, Any]:
    """Return a flow as clients and Actions see it."""
    shown = {
        "id": flow.id,
        "type": flow.type,
        "expires_at": views.time(flow.expires_at_ms),
        "issued_at": views.time(flow.issued_at_ms),
        "request_url": flow.request_url,
        "return_to": flow.return_to,
        "active": active,
        "ui": msgspec.to_builtins(flow.ui),
        "state": flow.state,
        "transient_payload": transient_payload,
        "identity_schema": flow.identity_schema,
    }
    return {**{key: value for key, value in shown.items() if value is not None}, "organization_id": None}


def _text(flow: Flow) -> str:
    return msgspec.json.encode(flow).decode()
