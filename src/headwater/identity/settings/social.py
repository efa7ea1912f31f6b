"""Linking accounts elsewhere, and taking such a link away again: never the last way to sign in."""

from typing import Any

import msgspec

from headwater.core.clock import Clock, epoch_ms
from headwater.core.event import Record
from headwater.core.secrets import Sealer
from headwater.identity import lifecycle
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import anonymous
from headwater.identity.flows.answers import Answer
from headwater.identity.flows.nodes import Node
from headwater.identity.flows.visits import Refusal, Visit
from headwater.identity.messages import settings as settings_messages
from headwater.identity.messages import validation
from headwater.identity.people import factors, linked
from headwater.identity.people.credentials import OIDC
from headwater.identity.people.reshape import Reshaped
from headwater.identity.providers import arrival as arrivals
from headwater.identity.providers.arrival import Arrival
from headwater.identity.sessions.sessions import Method
from headwater.identity.settings.methods import Change, Onward, Owner
from headwater.identity.settings.settings import Settings
from headwater.identity.social import buttons, token_vault, travel
from headwater.identity.social.buttons import LINK, UNLINK
from headwater.identity.social.travel import Travel

LEAST_FACTORS = 2

NOT_LINKABLE = "can not link unknown or already existing OpenID Connect connection"
NOT_LINKED = "can not unlink non-existing OpenID Connect connection"
LAST = "can not unlink OpenID Connect connection because it is the last remaining first factor credential"
BOTH = "it is not possible to link and unlink providers in the same request"


class SocialSettings:
    """A SettingsMethod."""

    name = OIDC

    def __init__(self, *, traveller: Travel, sealer: Sealer, clock: Clock) -> None:
        self._travel = traveller
        self._sealer = sealer
        self._clock = clock

    def is_enabled(self, config: IdentityConfig) -> bool:
        return config.methods.social.is_enabled

    def nodes(self, owner: Owner, *, config: IdentityConfig) -> list[Node]:
        mine = _providers_of(owner)
        all_ = config.methods.social.providers
        to_link = [buttons.to_link(item) for item in all_ if item.id not in mine]
        if factors.count(owner.credentials, config) < LEAST_FACTORS:
            return to_link
        return [*to_link, *(buttons.to_unlink(item) for item in all_ if item.id in mine)]

    def may_need_privilege(self, visit: Visit, owner: Owner) -> bool:  # noqa: ARG002  SettingsMethod's
        return True

    async def judge(self, visit: Visit, owner: Owner, *, now_ms: int) -> Change | Onward:
        if visit.sent.complaints:
            raise Refusal(*visit.sent.complaints)
        link, unlink = visit.sent.text(LINK), visit.sent.text(UNLINK)
        if link and unlink:
            raise _refusal(BOTH)
        if not link and not unlink:
            raise Refusal.whole(settings_messages.no_strategy())
        if link:
            return self._departing(visit, owner, link)
        return self._unlinked(visit, owner, unlink, now_ms=now_ms)

    def resume(self, visit: Visit, owner: Owner, kept: dict[str, Any], *, now_ms: int) -> Change | Onward:
        if LINK in kept:
            return self._departing(visit, owner, kept[LINK])
        return self._unlinked(visit, owner, kept[UNLINK], now_ms=now_ms)

    def arrived(self, visit: Visit, owner: Owner, arrival: Arrival) -> Change:
        """Return the change that links the account somebody is back from. Raises Refusal."""
        provider = travel.require_provider(arrival.provider_id, visit.config)
        self._require_linkable(visit, owner, provider.id)
        now_ms = epoch_ms(self._clock.now())
        entry = token_vault.entry(arrival, sealer=self._sealer)
        done = arrivals.as_method(arrival, aal=arrivals.level(arrival, provider), now_ms=now_ms)
        return self._change(
            visit, linked.linked(_as_they_are(owner, now_ms), [entry], now_ms=now_ms), kept=None, done=done
        )

    def _departing(self, visit: Visit, owner: Owner, provider_id: str) -> Onward:
        self._require_linkable(visit, owner, provider_id)
        provider = travel.require_provider(provider_id, visit.config)

        async def go() -> Answer:
            return await self._travel.leave(visit, provider)

        return Onward(kept={LINK: provider_id}, go=go)

    def _unlinked(self, visit: Visit, owner: Owner, provider_id: str, *, now_ms: int) -> Change:
        if factors.count(owner.credentials, visit.config) < LEAST_FACTORS:
            raise _refusal(LAST)
        if provider_id not in _providers_of(owner):
            raise _refusal(NOT_LINKED)
        left = linked.unlinked(_as_they_are(owner, now_ms), provider_id, now_ms=now_ms)
        if factors.count(left.credentials, visit.config) == 0:
            raise _refusal(LAST)  # two accounts at the one provider, and nothing else
        return self._change(visit, left, kept={UNLINK: provider_id})

    def _require_linkable(self, visit: Visit, owner: Owner, provider_id: str) -> None:
        provider = visit.config.methods.social.provider_or_none(provider_id)
        if provider is None or provider_id in _providers_of(owner):
            raise _refusal(NOT_LINKABLE)

    def _change(
        self, visit: Visit, person: Reshaped, *, kept: dict[str, Any] | None, done: Method | None = None
    ) -> Change:
        def event(identity_id: str, moment_ms: int) -> Record:
            return lifecycle.credential_changed(
                identity_id,
                project_id=visit.config.project_id,
                method=OIDC,
                flow_type=visit.flow.type,
                now_ms=moment_ms,
                anonymous_id=anonymous.id_or_none(visit.inbound, visit.sent.transient_payload),
            )

        return Change(person=person, needs_privilege=True, kept=kept, event=event, done=done)


class LinkLanding:
    """Goes on with somebody who is back in their settings."""

    def __init__(self, *, settings: Settings, method: SocialSettings) -> None:
        self._settings = settings
        self._method = method

    async def land(self, visit: Visit, arrival: Arrival) -> Answer:
        """Link the account. Raises Refusal; NotThisPersonError or NotSignedInError for anybody but who left."""
        return await self._settings.complete(
            visit,
            method=self._method,
            change=lambda owner: self._method.arrived(visit, owner, arrival),
            arrival=arrival,
        )


def _providers_of(owner: Owner) -> set[str]:
    return {entry["provider"] for entry in linked.of_person(owner.credentials)}


def _as_they_are(owner: Owner, now_ms: int) -> Reshaped:
    account = msgspec.structs.replace(owner.account, updated_at_ms=now_ms)
    return Reshaped(account=account, credentials=owner.credentials)


def _refusal(text: str) -> Refusal:
    return Refusal.whole(validation.generic(text))
