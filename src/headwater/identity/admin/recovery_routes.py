"""Ory's admin API for recovery: a code or link that an operator hands to somebody who lost their way in."""

from dataclasses import dataclass
from typing import Any

import msgspec
from litestar import Request, Response, Router, post
from litestar.di import NamedDependency, Provide

from headwater.core.clock import from_epoch_ms, iso_ms
from headwater.core.errors import BadRequestError
from headwater.identity.admin import bodies
from headwater.identity.admin.errors import IdentityNotFoundError
from headwater.identity.admin.shield import Shield
from headwater.identity.config.live import Current
from headwater.identity.config.section import DURATION_PART, GO_DURATION, UNIT_SECONDS
from headwater.identity.flows import flow as flows
from headwater.identity.flows import inbound
from headwater.identity.flows.answers import NO_STORE
from headwater.identity.recovery.issued import Issued, Issuing
from headwater.web.access import needs
from headwater.web.audit import auditor

Incoming = Request[Any, Any, Any]

CREATED = 201
OK = 200
LONGEST_SECONDS = 10 * 365 * 24 * 3600.0


class BadRecoveryError(BadRequestError):
    """This recovery can't be issued."""


class UnknownPersonError(BadRequestError):
    """The requested identity id does not exist."""


class CodeBody(msgspec.Struct, frozen=True):
    """Ory's createRecoveryCodeForIdentityBody."""

    identity_id: str = ""
    expires_in: str = ""
    flow_type: str | None = None


class LinkBody(msgspec.Struct, frozen=True):
    """Ory's createRecoveryLinkForIdentityBody."""

    identity_id: str = ""
    expires_in: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryDesk:
    """What these routes have at hand."""

    issuing: Issuing
    shield: Shield
    current: Current
    public_url: str


AtHand = NamedDependency[RecoveryDesk]


@post("/recovery/code", guards=[needs("identities.write")], status_code=CREATED)
async def create_recovery_code(request: Incoming, recovery_desk: AtHand) -> Response[Any]:
    body = bodies.read(await request.body(), CodeBody)
    auditor.about(request, body.identity_id)
    await recovery_desk.shield.require(request, body.identity_id)
    flow_type = flows.BROWSER if body.flow_type is None else body.flow_type
    if flow_type not in (flows.BROWSER, flows.API):
        raise BadRecoveryError(f'Value from "flow_type" is not valid: {flow_type!r}')
    issued = await recovery_desk.issuing.code(
        body.identity_id,
        flow_type=flow_type,
        seconds=_seconds_or_none(body.expires_in),
        inbound=inbound.of(request, public_url=recovery_desk.public_url),
        config=await recovery_desk.current.config(),
        still=recovery_desk.shield.still(request),
    )
    return Response(_view(issued), status_code=CREATED, headers=NO_STORE)


@post("/recovery/link", guards=[needs("identities.write")], status_code=OK)
async def create_recovery_link(request: Incoming, recovery_desk: AtHand) -> Response[Any]:
    body = bodies.read(await request.body(), LinkBody)
    auditor.about(request, body.identity_id)
    await recovery_desk.shield.require(request, body.identity_id)
    try:
        issued = await recovery_desk.issuing.link(
            body.identity_id,
            seconds=_seconds_or_none(body.expires_in),
            inbound=inbound.of(request, public_url=recovery_desk.public_url),
            config=await recovery_desk.current.config(),
            still=recovery_desk.shield.still(request),
        )
    except IdentityNotFoundError:
        raise UnknownPersonError from None  # 400 here, as Ory has it
    return Response(_view(issued), headers=NO_STORE)


HANDLERS = (create_recovery_code, create_recovery_link)


def router(desk: RecoveryDesk) -> Router:
    """Return the operators' routes of recovery."""
    return Router(
        "/admin",
        route_handlers=HANDLERS,
        dependencies={"recovery_desk": Provide(lambda: desk, sync_to_thread=False)},
    )


def _view(issued: Issued) -> dict[str, Any]:
    code = {} if issued.code is None else {"recovery_code": issued.code.reveal()}
    expires_at = iso_ms(from_epoch_ms(issued.expires_at_ms))
    return {"recovery_link": issued.link.reveal(), **code, "expires_at": expires_at}


def _seconds_or_none(text: str) -> float | None:
    """Return how long a recovery shall last, None for the configured time. Raises BadRecoveryError."""
    if not text:
        return None
    unsigned = text.lstrip("+-")
    if not GO_DURATION.fullmatch(unsigned):
        reason = f'Unable to parse "expires_in" as a duration string (e.g. "1h", "1m30s", "500ms"): {text}'
        raise BadRecoveryError(reason)
    seconds = sum(float(number) * UNIT_SECONDS[unit] for number, unit in DURATION_PART.findall(unsigned))
    if text.startswith("-") or seconds <= 0:
        raise BadRecoveryError(f'Value from "expires_in" must result to a future time: {text}')
    if seconds > LONGEST_SECONDS:
        raise BadRecoveryError('Value from "expires_in" must not be further away than ten years.')
    return seconds
