"""The providers of social sign-in, as the flows see them: going there, coming back with a code, or with an ID token.

It knows nothing of flows. All HTTP leaves through the outbound client, under its address policy.
"""

import ipaddress
from collections.abc import Mapping
from typing import Any

import msgspec
import structlog
from yarl import URL

from headwater.core import ids
from headwater.core.clock import Clock
from headwater.core.secrets import Secret
from headwater.identity.config.social_config import FROM_USERINFO, ProviderConfig
from headwater.identity.providers import authorization, claims, pkce
from headwater.identity.providers.arrival import Arrival, Tokens
from headwater.identity.providers.authorization import Question
from headwater.identity.providers.claims import Claims
from headwater.identity.providers.departure import Departure
from headwater.identity.providers.discovery import Discovery, Metadata
from headwater.identity.providers.errors import (
    IdTokenMissingError,
    IdTokenUnsupportedError,
    ProviderAnswerError,
    misconfigured,
)
from headwater.identity.providers.id_tokens import Expected, IdTokens, check_nonce
from headwater.identity.providers.keys import FITTING, Keys
from headwater.identity.providers.kinds import registered
from headwater.identity.providers.kinds.kind import Caller, Endpoints, Kind
from headwater.identity.providers.token_endpoint import Client, Granted, Redemption, TokenEndpoint
from headwater.identity.providers.userinfo import Userinfo
from headwater.identity.providers.wire import TIMEOUT_SECONDS, Wire, host_of
from headwater.net.outbound import Sender
from headwater.workspace.references import Unread

logger = structlog.get_logger(__name__)

NOBODY_ELSE: Mapping[str, str] = {}
LOCALHOST = "localhost"


class _Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a provider is, and what is known of it. `metadata` is None if it publishes none."""

    kind: Kind
    endpoints: Endpoints
    metadata: Metadata | None


class Providers:
    """One per installation: what it learns of a provider serves every project."""

    def __init__(self, *, sender: Sender, clock: Clock, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._clock = clock
        self._wire = Wire(sender, timeout_seconds=timeout_seconds)
        self._discovery = Discovery(self._wire, clock=clock)
        self._id_tokens = IdTokens(keys=Keys(self._wire, clock=clock), clock=clock)
        self._token_endpoint = TokenEndpoint(self._wire)
        self._userinfo = Userinfo(self._wire, id_tokens=self._id_tokens)

    async def leave(
        self, provider: ProviderConfig, *, redirect_uri: str, state: str, is_refresh: bool, upstream: Mapping[str, str]
    ) -> Departure:
        """Return where to send somebody, and what has to fit when they are back. Raises ProviderError."""
        place = await self._place(provider)
        kind = place.kind
        knows_pkce = kind.knows_pkce or (place.metadata is not None and place.metadata.knows_pkce)
        verifier = pkce.new_verifier() if pkce.is_used(provider.pkce, is_known=knows_pkce) else None
        nonce = ids.new_token("") if kind.person is None and kind.makes_nonce else None
        question = Question(
            client_id=provider.client_id,
            redirect_uri=redirect_uri,
            scopes=kind.scopes(provider),
            state=state,
            nonce=nonce,
            verifier=verifier,
            asked=authorization.asked(kind.asks(provider, is_refresh), upstream, is_refresh=is_refresh),
        )
        url = authorization.url(place.endpoints.authorization, question)
        return Departure(url=url, redirect_uri=redirect_uri, nonce=nonce, verifier=verifier)

    async def redeem(
        self, provider: ProviderConfig, *, code: Secret, departure: Departure, extra: Mapping[str, str]
    ) -> Arrival:
        """Return who came back with this code. `extra` is what else the callback carried. Raises ProviderError."""
        place = await self._place(provider)
        _check_sender(place, extra)
        if place.kind.person is None and place.metadata is None:
            _require_trusted_line(place.endpoints.token)
        granted = await self._redeemed(provider, place, code=code, departure=departure)
        caller = Caller(wire=self._wire, provider=provider, access=granted.tokens.access, scope=granted.scope)
        if place.kind.person is not None:
            found, id_claims = await place.kind.person(caller), {}
        else:
            id_claims = await self._id_claims(provider, place, granted, nonce=departure.nonce)
            found = await self._claims(provider, place, granted, id_claims=id_claims)
        found = await place.kind.finish(found, caller, extra)
        return _arrival(provider, place, found, id_claims=id_claims, tokens=granted.tokens)

    async def verify(self, provider: ProviderConfig, id_token: Secret, *, nonce: str) -> Arrival:
        """Return who an ID token speaks of that an app has brought from the provider itself. Raises ProviderError."""
        place = await self._place(provider)
        if place.kind.person is not None or place.metadata is None:
            raise IdTokenUnsupportedError
        audiences = (provider.client_id, *provider.additional_audiences)
        expected = _expected(provider, place, audiences=audiences, nonce=None)
        said = await self._id_tokens.verified(id_token, expected=expected)
        if said.get("nonce") or not place.kind.may_skip_nonce(said):
            check_nonce(said, nonce=nonce)
        caller = Caller(wire=self._wire, provider=provider, access=Secret(""))
        found = await place.kind.finish(claims.with_raw(said), caller, NOBODY_ELSE)
        return _arrival(provider, place, found, id_claims=said, tokens=Tokens())

    async def _place(self, provider: ProviderConfig) -> _Place:
        kind = registered.kind_of(provider)
        source = kind.source(provider)
        metadata = await self._discovery.metadata(source) if source is not None else None
        endpoints = kind.endpoints(provider)
        if endpoints is None and metadata is not None:
            endpoints = Endpoints(authorization=metadata.authorization_endpoint, token=metadata.token_endpoint)
        if endpoints is None:
            raise misconfigured(
                f'The provider "{provider.id}" can\'t be found', todo="set issuer_url, or both auth_url and token_url"
            )
        return _Place(kind=kind, endpoints=endpoints, metadata=metadata)

    async def _redeemed(
        self, provider: ProviderConfig, place: _Place, *, code: Secret, departure: Departure
    ) -> Granted:
        _require_read(provider)
        published = place.metadata.auth_methods if place.metadata else None
        redemption = Redemption(
            url=place.endpoints.token,
            client=Client(
                id=provider.client_id,
                secret=place.kind.client_secret(provider, self._clock.now()),
                methods=place.kind.auth_methods or published,
            ),
            code=code,
            redirect_uri=departure.redirect_uri,
            verifier=departure.verifier,
        )
        return await self._token_endpoint.redeem(redemption)

    async def _id_claims(
        self, provider: ProviderConfig, place: _Place, granted: Granted, *, nonce: str | None
    ) -> Claims:
        token = granted.tokens.id_token
        if not token.reveal():
            raise IdTokenMissingError
        if nonce is None and place.kind.makes_nonce:
            # Whatever forgot it: without, a token of another sign-in would do.
            check_nonce({}, nonce="")
        expected = _expected(provider, place, audiences=(provider.client_id,), nonce=nonce)
        return await self._id_tokens.verified(token, expected=expected)

    async def _claims(
        self, provider: ProviderConfig, place: _Place, granted: Granted, *, id_claims: dict[str, Any]
    ) -> Claims:
        source = place.kind.claims_source or provider.claims_source
        if source != FROM_USERINFO:
            return claims.with_raw(id_claims)
        if place.metadata is None:
            raise misconfigured(
                f'The provider "{provider.id}" publishes no userinfo endpoint',
                todo="set issuer_url, or claims_source: id_token",
            )
        return claims.with_raw(
            await self._userinfo.said(
                place.metadata, granted.tokens.access, id_claims=id_claims, client_id=provider.client_id
            )
        )


def _expected(provider: ProviderConfig, place: _Place, *, audiences: tuple[str, ...], nonce: str | None) -> Expected:
    kind, metadata = place.kind, place.metadata
    if metadata is None:
        return Expected(issuers=None, audiences=audiences, algorithms=frozenset(FITTING), jwks_uri=None, nonce=nonce)
    return Expected(
        issuers=lambda said: kind.issuers(metadata, said, provider),
        audiences=audiences,
        algorithms=metadata.algorithms,
        jwks_uri=metadata.jwks_uri,
        nonce=nonce,
        is_bound_to_key=kind.is_bound_to_key,
    )


def _check_sender(place: _Place, extra: Mapping[str, str]) -> None:
    """RFC 9207: a callback that says from whom it comes has to come from the provider that somebody left to."""
    metadata = place.metadata
    if metadata is None or place.kind.is_bound_to_key:
        return
    sender = extra.get("iss")
    if sender != metadata.issuer and (sender is not None or metadata.names_itself):
        raise ProviderAnswerError(
            f"The answer did not come from {host_of(metadata.issuer)}, where this sign-in began. Please start again."
        )


def _require_trusted_line(token_url: str) -> None:
    """Without keys, the line it came over is all that vouches for an ID token (OpenID Connect Core 3.1.3.7)."""
    url = URL(token_url)
    if url.scheme == "https" or url.host == LOCALHOST:
        return
    try:
        is_loopback = ipaddress.ip_address(url.host or "").is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise misconfigured(
            f"{host_of(token_url)} is called by plain http, where anybody can answer in its place",
            todo="set token_url to an https address, or issuer_url",
        )


def _arrival(
    provider: ProviderConfig, place: _Place, found: Claims, *, id_claims: dict[str, Any], tokens: Tokens
) -> Arrival:
    subject = claims.require_person(found, host=host_of(place.endpoints.token))
    # How somebody has proved who they are stands in the ID token, which is signed, whatever userinfo says.
    proof = {**found, **claims.proof(id_claims)}
    return Arrival(
        provider_id=provider.id,
        subject=subject,
        claims=found,
        tokens=tokens,
        acr=proof.get(claims.ACR),
        amr=tuple(proof.get(claims.AMR, ())),
    )


def _require_read(provider: ProviderConfig) -> None:
    """The secret may be one that the configuration only names; people are not told what it is called."""
    secrets = [provider.client_secret, *([provider.apple_key.private_key] if provider.apple_key else [])]
    for text in (secret.reveal() for secret in secrets):
        if isinstance(text, Unread):
            logger.error("provider_secret_not_readable", provider=provider.id, reason=text.why)
            raise misconfigured(f'The secret of "{provider.id}" can\'t be read', todo="look into the server's log")
