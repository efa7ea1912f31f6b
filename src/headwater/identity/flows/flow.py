"""Self-service flows as stored, and as clients see them. A flow holds what was typed so far, never a secret."""

from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from headwater.core import clock
from headwater.identity.flows.nodes import Ui
from headwater.store.statement import Statement
from headwater.store.tables import flows

API = "api"
BROWSER = "browser"

CHOOSE_METHOD = "choose_method"
SENT_EMAIL = "sent_email"
PASSED_CHALLENGE = "passed_challenge"
SHOW_FORM = "show_form"
SUCCESS = "success"
FIRST_STATES = {"settings": SHOW_FORM}

# In a flow's memory: see `Flow.is_open`.
OPEN = "is_open"

# An expired flow is kept this long, so that its late submit can be answered 410 with a fresh one, not 404.
KEPT_AFTER_EXPIRY_MS = 24 * 3600 * 1000
# One flow in sixteen, as its id's first digit says, sweeps old ones away: more than came in meanwhile, and few enough
# that nobody waits for it.
SWEEPS = "0"
SWEPT_AT_ONCE = 64


class Flow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One run through a form.

    `kind` is registration, login, settings, recovery or verification. `csrf_sha256` ties a browser's flow to that
    browser's cookie. `identity_id` is whom the flow is about, once that is known. `unfinished_id` is the account a
    registration has made while its Actions haven't all gone through yet: submitting again then continues instead of
    starting over. `memory` is what a method has to know at its next step; nobody outside ever sees it.
    """

    id: str
    kind: str
    type: str
    schema_id: str
    request_url: str
    ui: Ui
    issued_at_ms: int
    expires_at_ms: int
    state: str = CHOOSE_METHOD
    active: str | None = None
    return_to: str | None = None
    identity_schema: str | None = None
    csrf_sha256: str | None = None
    identity_id: str | None = None
    unfinished_id: str | None = None
    refresh: bool = False
    requested_aal: str | None = None
    continue_with: tuple[dict[str, Any], ...] = ()
    memory: dict[str, Any] = {}

    @property
    def sweeps(self) -> bool:
        """Whether whoever stores it as a new one is to `sweep`."""
        return self.id.startswith(SWEEPS)

    @property
    def is_open(self) -> bool:
        """Whoever knows the flow's id may go on with it: an operator began it, or its secret came by mail.

        Knowing the secret is what counts then; there is no browser yet that the flow could be tied to.
        """
        return bool(self.memory.get(OPEN))


_decoder = msgspec.json.Decoder(Flow)

# Built once: putting a statement together takes longer than running it.
INSERT = Statement(insert(flows))
LONG_EXPIRED = select(flows.c.id).where(flows.c.expires_at_ms < bindparam("before_ms")).limit(SWEPT_AT_ONCE)
SWEEP = Statement(delete(flows).where(flows.c.id.in_(LONG_EXPIRED)))
SAVE = Statement(update(flows).where(flows.c.id == bindparam("flow_id")))
FIND = Statement(
    select(flows.c.document).where(
        flows.c.id == bindparam("flow_id"),
        flows.c.project_id == bindparam("project_id"),
        flows.c.kind == bindparam("kind"),
    )
)
COUNT = (
    update(flows)
    .where(flows.c.id == bindparam("flow_id"), flows.c.submissions < bindparam("limit"))
    .values(submissions=flows.c.submissions + 1)
)
FORGET_SUBMISSIONS = update(flows).where(flows.c.id == bindparam("flow_id")).values(submissions=0)


def insert_flow(connection: Connection, flow: Flow, *, project_id: str) -> None:
    """Store a new flow."""
    row = {
        "id": flow.id,
        "project_id": project_id,
        "kind": flow.kind,
        "document": _text(flow),
        "csrf_sha256": flow.csrf_sha256,
        "expires_at_ms": flow.expires_at_ms,
    }
    INSERT.run(connection, row)


def sweep(connection: Connection, *, now_ms: int) -> None:
    """Forget some long expired flows: anyone may start one, so they must not pile up."""
    SWEEP.run(connection, {"before_ms": now_ms - KEPT_AFTER_EXPIRY_MS})


def save(connection: Connection, flow: Flow) -> None:
    """Store what has changed in a flow; when it expires was said when it began."""
    values = {"document": _text(flow), "csrf_sha256": flow.csrf_sha256}
    SAVE.run(connection, {**values, "flow_id": flow.id})


def find_or_none(connection: Connection, flow_id: str, *, kind: str, project_id: str) -> Flow | None:
    """Return a flow of the project and kind, expired ones included."""
    row = FIND.first_or_none(connection, {"flow_id": flow_id, "project_id": project_id, "kind": kind})
    return None if row is None else _decoder.decode(row[0])


def count_submission(connection: Connection, flow_id: str, *, limit: int) -> bool:
    """Count one more guess at the flow's code; False, and nothing counted, once there were `limit`."""
    return connection.execute(COUNT, {"flow_id": flow_id, "limit": limit}).rowcount > 0


def forget_submissions(connection: Connection, flow_id: str) -> None:
    """Let guessing begin anew: another code was sent."""
    connection.execute(FORGET_SUBMISSIONS, {"flow_id": flow_id})


def view(flow: Flow, *, transient_payload: Any = None, identity: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a flow as clients and Actions see it. `identity` is a settings flow's person."""
    shown = {
        "id": flow.id,
        "type": flow.type,
        "expires_at": clock.iso_ms(clock.from_epoch_ms(flow.expires_at_ms)),
        "issued_at": clock.iso_ms(clock.from_epoch_ms(flow.issued_at_ms)),
        "request_url": flow.request_url,
        "return_to": flow.return_to,
        "active": flow.active,
        "ui": msgspec.to_builtins(flow.ui),
        "state": flow.state,
        "transient_payload": transient_payload,
        "identity_schema": flow.identity_schema,
        "identity": identity,
        "continue_with": list(flow.continue_with) or None,
        **KIND_VIEWS.get(flow.kind, _nothing_more)(flow),
    }
    return {key: value for key, value in shown.items() if value is not None or key in KEPT_EMPTY}


def _login(flow: Flow) -> dict[str, Any]:
    issued_at = clock.iso_ms(clock.from_epoch_ms(flow.issued_at_ms))
    return {
        "created_at": issued_at,
        "updated_at": issued_at,
        "refresh": flow.refresh,
        "requested_aal": flow.requested_aal or "aal1",
        "organization_id": None,
    }


def _in_no_organization(_flow: Flow) -> dict[str, Any]:
    return {"organization_id": None}


def _nothing_more(_flow: Flow) -> dict[str, Any]:
    return {}


KIND_VIEWS = {"login": _login, "registration": _in_no_organization, "settings": _in_no_organization}
KEPT_EMPTY = frozenset({"organization_id"})


def _text(flow: Flow) -> str:
    return msgspec.json.encode(flow).decode()
