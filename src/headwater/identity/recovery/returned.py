"""Somebody who is back: all that is stored of it, and what their client and the log are told. Pure."""

from dataclasses import dataclass, field
from typing import Any

import msgspec

from headwater.core.clock import from_epoch_ms, iso_ms
from headwater.core.event import Record
from headwater.core.secrets import Secret
from headwater.identity import lifecycle
from headwater.identity.codes.challenges import Challenge
from headwater.identity.codes.redeemer import Redeemable
from headwater.identity.flows import anonymous
from headwater.identity.flows import flow as flows
from headwater.identity.flows.entered import SET_TOKEN
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.follow_up import SHOW_SETTINGS
from headwater.identity.flows.visits import Visit
from headwater.identity.messages import recovery
from headwater.identity.messages.text import UiText
from headwater.identity.people import claims
from headwater.identity.people.accounts import COMPLETED, Account, Address
from headwater.identity.recovery.onward import uses_continue_with
from headwater.identity.sessions.sessions import Session

MS = 1000
SECONDS_A_MINUTE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """`flow_type` is how they go on: links do so in a browser. `settings` is None where those are skipped."""

    visit: Visit
    redeemable: Redeemable
    method: str
    flow_type: str
    passed: Flow
    settings: Flow | None
    account: Account
    newly_verified: tuple[Address, ...]
    session: Session
    token: Secret
    csrf_cookie: str | None = field(repr=False)
    now_ms: int

    @property
    def session_method(self) -> str:
        return f"{self.method}_recovery"

    @property
    def gets_token(self) -> bool:
        """The client learns of its session: native apps do only if they are told what to do next, or done here."""
        return self.flow_type == flows.BROWSER or self.settings is None or uses_continue_with(self.visit.config)


def proven(account: Account, challenge: Challenge, now_ms: int) -> tuple[Account, tuple[Address, ...]]:
    """Return the person as they are now, and which addresses that makes verified: mail was read there."""
    verified = tuple(
        item
        for item in account.addresses
        if item.purpose == claims.VERIFIABLE
        and not item.verified
        and (item.via, item.value) == (challenge.via, challenge.address)
    )
    addresses = tuple(
        msgspec.structs.replace(item, verified=True, status=COMPLETED, verified_at_ms=now_ms)
        if item in verified
        else item
        for item in account.addresses
    )
    return msgspec.structs.replace(account, addresses=addresses), verified


def message(now_ms: int, privileged_seconds: float) -> UiText:
    """Return what the settings say to somebody who is back."""
    until_ms = now_ms + int(privileged_seconds * MS)
    return recovery.recovered(
        privileged_seconds / SECONDS_A_MINUTE,
        until=iso_ms(from_epoch_ms(until_ms)),
        until_unix=until_ms // MS,
    )


def continue_with(came_back: Returned, location: str) -> list[dict[str, Any]]:
    """Return what an app does next."""
    steps: list[dict[str, Any]] = []
    if came_back.flow_type == flows.API:
        steps.append({"action": SET_TOKEN, "ory_session_token": came_back.token.reveal()})
    if came_back.settings is not None:
        steps.append({"action": SHOW_SETTINGS, "flow": {"id": came_back.settings.id, "url": location}})
    return steps


def events(came_back: Returned) -> list[Record]:
    """Recovering is one thing, being signed in by it another, and so is a newly proven address: an event each."""
    visit = came_back.visit
    about: dict[str, Any] = {
        "project_id": visit.config.project_id,
        "flow_type": came_back.flow_type,
        "now_ms": came_back.now_ms,
        "anonymous_id": anonymous.id_or_none(visit.inbound, visit.sent.transient_payload),
    }
    account_id = came_back.account.id
    verified = [
        lifecycle.verified(account_id, method=came_back.method, via=address.via, **about)
        for address in came_back.newly_verified
    ]
    signed_in = [lifecycle.signed_in(account_id, method=came_back.session_method, **about)]
    recovered = lifecycle.recovered(account_id, method=came_back.method, **about)
    return [recovered, *verified, *(signed_in if came_back.gets_token else [])]
