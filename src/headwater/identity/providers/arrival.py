"""Somebody who came back from a provider: who they are there, and what the provider says of them. Pure."""

from dataclasses import dataclass, field
from typing import Any

from headwater.core.secrets import Secret
from headwater.identity.config.social_config import ProviderConfig
from headwater.identity.people.credentials import OIDC
from headwater.identity.sessions.sessions import AAL1, AAL2, Method

NOTHING = Secret("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What the provider gave us to act for the person with; empty texts where it gave none."""

    access: Secret = NOTHING
    refresh: Secret = NOTHING
    id_token: Secret = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Verified: signature, issuer, audience, times and nonce of an ID token, or the provider's own answer over TLS.

    `claims` is what mappers read as `std.extVar('claims')`, in Ory's shape: the standard claims, cleaned, with
    everything the provider said under `raw_claims`. `acr` and `amr` say how the person proved who they are there.
    """

    provider_id: str
    subject: str
    claims: dict[str, Any] = field(repr=False)
    tokens: Tokens = field(default_factory=Tokens, repr=False)
    acr: str | None = None
    amr: tuple[str, ...] = ()


def level(arrival: Arrival, provider: ProviderConfig) -> str:
    """Return how sure the provider is, as the operator trusts it to be (`aal2_acr_values`, `aal2_amr_values`)."""
    is_sure = arrival.acr in provider.aal2_acr_values or not set(arrival.amr).isdisjoint(provider.aal2_amr_values)
    return AAL2 if is_sure else AAL1


def as_method(arrival: Arrival, *, aal: str, now_ms: int) -> Method:
    """Return the arrival as a session remembers it."""
    return Method(
        method=OIDC,
        aal=aal,
        completed_at_ms=now_ms,
        provider=arrival.provider_id,
        upstream_acr=arrival.acr,
        upstream_amr=arrival.amr,
    )
