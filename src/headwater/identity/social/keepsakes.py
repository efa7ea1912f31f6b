"""What a flow remembers of social sign-in, sealed: whoever reads the database learns no token and no verifier."""

import base64
from typing import Any, TypeVar

import msgspec

from headwater.core.secrets import Sealer, Secret
from headwater.identity.flows.flow import Flow
from headwater.identity.providers.arrival import Arrival, Tokens

CONTEXT = "social-sign-in"

# Under these names, in a flow's memory.
GOING = "social_going"
ARRIVED = "social_arrived"
LINKING = "social_linking"

Kept = TypeVar("Kept")


class Going(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody is on their way to a provider. `traits` and `transient_payload` came with the submit."""

    provider_id: str
    state_sha256: str
    redirect_uri: str
    nonce: str | None = None
    verifier: str | None = None
    traits: dict[str, Any] | None = None
    transient_payload: dict[str, Any] | None = None


class Arrived(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody came back, and the flow isn't done: traits are missing, or an account has to be confirmed first.

    `identity_id` is whose account here that is, and `identifier` what both have.
    """

    provider_id: str
    subject: str
    claims: dict[str, Any]
    access_token: str = ""
    refresh_token: str = ""
    id_token: str = ""
    acr: str | None = None
    amr: tuple[str, ...] = ()
    identity_id: str | None = None
    identifier: str = ""

    @property
    def arrival(self) -> Arrival:
        """Who it was."""
        tokens = Tokens(
            access=Secret(self.access_token), refresh=Secret(self.refresh_token), id_token=Secret(self.id_token)
        )
        return Arrival(
            provider_id=self.provider_id,
            subject=self.subject,
            claims=self.claims,
            tokens=tokens,
            acr=self.acr,
            amr=self.amr,
        )


def arrived(arrival: Arrival, *, identity_id: str | None = None, identifier: str = "") -> Arrived:
    """Return an arrival as it is kept."""
    return Arrived(
        provider_id=arrival.provider_id,
        subject=arrival.subject,
        claims=arrival.claims,
        access_token=arrival.tokens.access.reveal(),
        refresh_token=arrival.tokens.refresh.reveal(),
        id_token=arrival.tokens.id_token.reveal(),
        acr=arrival.acr,
        amr=arrival.amr,
        identity_id=identity_id,
        identifier=identifier,
    )


class Keepsakes:
    """Puts them into a flow and takes them out."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def kept(self, flow: Flow, name: str, value: Going | Arrived) -> Flow:
        """Return the flow with `value` in its memory."""
        sealed = self._sealer.seal(msgspec.json.encode(value), context=_context(flow, name))
        return msgspec.structs.replace(flow, memory={**flow.memory, name: base64.b64encode(sealed).decode()})

    def find_or_none(self, flow: Flow, name: str, type_: type[Kept]) -> Kept | None:
        """Return what the flow remembers under this name."""
        text = flow.memory.get(name)
        if text is None:
            return None
        plain = self._sealer.unseal(base64.b64decode(text), context=_context(flow, name))
        return msgspec.json.decode(plain, type=type_)


def forgotten(flow: Flow, name: str) -> Flow:
    """Return the flow without what it remembers under this name."""
    memory = {key: value for key, value in flow.memory.items() if key != name}
    return msgspec.structs.replace(flow, memory=memory)


def _context(flow: Flow, name: str) -> str:
    """What one flow remembers can't be moved to another."""
    return f"{CONTEXT}:{name}:{flow.id}"
