"""Sending somebody to a provider, and letting in who comes back: once, in the browser that left, from where it went."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from headwater.core import secrets
from headwater.core.secrets import Sealer, Secret
from headwater.identity.config.flows_config import LOGIN
from headwater.identity.config.social_config import PKCE_FORCE, ProviderConfig
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import answers
from headwater.identity.flows.answers import Answer
from headwater.identity.flows.errors import FlowError, FlowNotFoundError, MethodDisabledError
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.inbound import Inbound
from headwater.identity.flows.passages import Passages
from headwater.identity.flows.submission import Submission
from headwater.identity.flows.visits import Refusal, Visit
from headwater.identity.messages import validation
from headwater.identity.people.credentials import OIDC
from headwater.identity.providers.arrival import Arrival
from headwater.identity.providers.departure import Departure
from headwater.identity.providers.errors import ProviderError
from headwater.identity.providers.providers import Providers
from headwater.identity.social import keepsakes, state
from headwater.identity.social.keepsakes import GOING, Going, Keepsakes
from headwater.identity.social.state import BadStateError, State

CALLBACK = "/self-service/methods/oidc/callback"
PROVIDER = "provider"
ID_TOKEN = "id_token"  # noqa: S105  a field's name
ID_TOKEN_NONCE = "id_token_nonce"  # noqa: S105  a field's name
TRAITS = "traits"
PAYLOAD = "transient_payload"
MAX_QUOTED = 300
# What comes back besides what is read here: some providers send more about the person (Apple's `user`).
OWN_PARAMETERS = frozenset({"state", "code", "error", "error_description"})

Land = Callable[[Flow, Going], Awaitable[Answer]]


class UnknownProviderError(FlowError):
    """There is no such provider among selfservice.methods.oidc.config.providers."""

    code = "not_found"
    status = 404


class Travel:
    """One per installation."""

    def __init__(self, *, passages: Passages, providers: Providers, sealer: Sealer, public_url: str) -> None:
        self._passages = passages
        self._providers = providers
        self._sealer = sealer
        self._keepsakes = Keepsakes(sealer)
        self._public_url = public_url

    async def leave(self, visit: Visit, provider: ProviderConfig) -> Answer:
        """Send the browser to the provider. Raises Refusal if the provider can't be reached."""
        going = state.new(visit.flow.kind, visit.flow.id, provider.id)
        travelling = state.seal(going, sealer=self._sealer)
        try:
            departure = await self._providers.leave(
                provider,
                redirect_uri=redirect_uri(provider, visit.config, public_url=self._public_url),
                state=travelling,
                is_refresh=visit.flow.refresh,
                upstream=upstream_parameters(visit.sent),
            )
        except ProviderError as error:
            raise _for(visit.inbound, error) from error
        left = msgspec.structs.replace(visit.flow, active=OIDC)
        kept = _kept(visit, provider, departure, travelling)
        # Who comes back after a power cut finds no flow, and begins again: nothing was theirs yet.
        await self._passages.save(self._keepsakes.kept(left, GOING, kept), survives_power_cut=False)
        return answers.moved(departure.url)

    async def brought(self, visit: Visit, provider: ProviderConfig) -> Arrival | None:
        """Return who a native app says came back to it: it has spoken to the provider itself. None: it has not."""
        token = visit.sent.secret(ID_TOKEN)
        if not token.reveal():
            return None
        try:
            return await self._providers.verify(provider, token, nonce=visit.sent.text(ID_TOKEN_NONCE))
        except ProviderError as error:
            raise _for(visit.inbound, error) from error

    def opened(self, inbound: Inbound, *, provider_in_path: str | None) -> State:
        """Return where the `state` of a callback leads. Raises BadStateError."""
        found = state.unseal(inbound.query.get("state", ""), sealer=self._sealer)
        if provider_in_path is not None and provider_in_path != found.provider_id:
            # RFC 9700, 4.4 (mix-up): the answer of one provider isn't taken for another's.
            raise BadStateError("Unable to complete the sign-in: the answer came from another provider than asked.")
        return found

    async def landed(self, flow: Flow, land: Land, *, inbound: Inbound, config: IdentityConfig) -> Answer:
        """Let somebody `land` who is back, with the flow as it was before they left: a state is good for one try.

        The flow is the caller's turn. Who comes in is stored together with the flow that they came back to, and with
        that the state is used. Wherever else this leads, it is used up here: refusals, errors, a client that goes
        away. Raises BadStateError if this flow left with another state, or none.
        """
        going = self._keepsakes.find_or_none(flow, GOING, Going)
        sent = secrets.fingerprint(inbound.query.get("state", ""))
        if going is None or not secrets.is_same(going.state_sha256, sent):
            raise BadStateError
        require_provider(going.provider_id, config)
        try:
            answer = await land(keepsakes.forgotten(flow, GOING), going)
        except BaseException:
            await asyncio.shield(self._use_up(flow, config=config))
            raise
        if not _is_stored_with(answer, flow):
            await self._use_up(flow, config=config)
        return answer

    async def _use_up(self, flow: Flow, *, config: IdentityConfig) -> None:
        try:
            present = await self._passages.load(flow.kind, flow.id, config=config)
        except FlowNotFoundError:
            return  # nobody comes back to it any more
        if present.memory.get(GOING) == flow.memory[GOING]:
            await self._passages.save(keepsakes.forgotten(present, GOING))

    async def arrived(self, going: Going, *, inbound: Inbound, config: IdentityConfig) -> Arrival:
        """Redeem the code for who it is. Raises Refusal where the provider, or the person there, said no."""
        if said := inbound.query.get("error"):
            raise Refusal.whole(validation.generic(_said_no(said, inbound.query.get("error_description", ""))))
        code = Secret(inbound.query.get("code") or inbound.query.get("authCode") or "")
        if not code.reveal():
            raise Refusal.whole(validation.generic("The provider did not return a code. Please try again."))
        departure = Departure(
            url="",
            redirect_uri=going.redirect_uri,
            nonce=going.nonce,
            verifier=Secret(going.verifier) if going.verifier else None,
        )
        extra = {name: value for name, value in inbound.query.items() if name not in OWN_PARAMETERS}
        provider = require_provider(going.provider_id, config)
        try:
            return await self._providers.redeem(provider, code=code, departure=departure, extra=extra)
        except ProviderError as error:
            raise _for(inbound, error) from error


def _is_stored_with(answer: Answer, flow: Flow) -> bool:
    """Tell whether somebody was let in by this very login flow, whose row was changed in the same transaction."""
    return flow.kind == LOGIN and answer.came_in is not None and answer.came_in.flow_id == flow.id


def require_provider(provider_id: str, config: IdentityConfig) -> ProviderConfig:
    """Return one of the project's providers. Raises MethodDisabledError or UnknownProviderError."""
    social = config.methods.social
    if not social.is_enabled:
        raise MethodDisabledError
    provider = social.provider_or_none(provider_id)
    if provider is None:
        raise UnknownProviderError(
            f'OpenID Connect Provider "{provider_id[:MAX_QUOTED]}" is unknown or has not been configured'
        )
    return provider


def redirect_uri(provider: ProviderConfig, config: IdentityConfig, *, public_url: str) -> str:
    """Return where the provider sends people back to: what the operator registers there, as in Kratos."""
    base = (config.methods.social.base_redirect_uri or public_url).rstrip("/")
    return f"{base}{CALLBACK}" if provider.pkce == PKCE_FORCE else f"{base}{CALLBACK}/{provider.id}"


def upstream_parameters(sent: Submission) -> dict[str, str]:
    """Return what a client asks to be passed on; the providers' side knows which of it may be."""
    given = sent.objects.get("upstream_parameters", {})
    return {name: value for name, value in given.items() if isinstance(value, str)}


def resent(going: Going) -> Submission:
    """Return the submit that somebody left with, as if it came again now."""
    objects = {TRAITS: going.traits, PAYLOAD: going.transient_payload}
    return Submission(
        texts={"method": OIDC, PROVIDER: going.provider_id},
        objects={name: value for name, value in objects.items() if value is not None},
    )


def _kept(visit: Visit, provider: ProviderConfig, departure: Departure, travelling: str) -> Going:
    return Going(
        provider_id=provider.id,
        state_sha256=secrets.fingerprint(travelling),
        redirect_uri=departure.redirect_uri,
        nonce=departure.nonce,
        verifier=departure.verifier.reveal() if departure.verifier else None,
        traits=visit.sent.objects.get(TRAITS),
        transient_payload=visit.sent.transient_payload,
    )


def _for(inbound: Inbound, error: ProviderError) -> Exception:
    """A person keeps their form, and may choose another way; a program needs the status."""
    return Refusal.whole(validation.generic(error.message)) if inbound.is_browser else error


def _said_no(error: str, description: str) -> str:
    """Quote the provider, within bounds: what it says is shown as text, and came through the person's browser."""
    said = f"{error[:MAX_QUOTED]}: {description[:MAX_QUOTED]}" if description else error[:MAX_QUOTED]
    return f'The sign-in was not completed, because the provider answered "{said}". Try again, or choose another way.'
