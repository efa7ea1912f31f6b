"""Sample occasions: what Actions would be told at a trigger, about people whom nobody is.

They are put together by the very code that tells Actions of real people, so that what a sample holds is what hooks
really see; only the person, the session and the request are made up. Pure.
"""

import uuid
from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.actions.chain import BEFORE, Trigger
from headwater.actions.known_hooks import CREATED, IDENTITY, UPDATED
from headwater.actions.occasion import InboundRequest, Occasion
from headwater.actions.samples import Path, Sample
from headwater.core.secrets import Secret
from headwater.identity.admin import announcing
from headwater.identity.admin.announcing import Deed
from headwater.identity.config.flows_config import LOGIN, RECOVERY, SETTINGS
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import beginning, ending, nodes
from headwater.identity.flows import flow as flows
from headwater.identity.flows.ending import Ending
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.inbound import Inbound
from headwater.identity.people import reshape, sample_traits
from headwater.identity.people.accounts import ACTIVE, Account
from headwater.identity.people.credentials import OIDC
from headwater.identity.people.schema import IdentitySchema
from headwater.identity.providers.arrival import Arrival
from headwater.identity.sessions.sessions import AAL1, Device, Method, Session
from headwater.identity.sessions.whoami import SignedIn

NAMESPACE = uuid.UUID("a9b2c1d4-3f0e-4a57-8f2a-ada0ada0ada0")
NOBODY = Secret("")
PROVIDER = "acme"
IP_ADDRESS = "203.0.113.7"
USER_AGENT = "Mozilla/5.0 (a sample)"
HOUR_MS = 3600 * 1000
HAS_SESSION = frozenset({LOGIN, SETTINGS})
HEADER_VALUES = {"user-agent": USER_AGENT, "accept": "application/json", "content-type": "application/json"}
SPARSE_CLAIMS: dict[str, Any] = {"iss": "https://acme.example.org", "sub": "ada-at-acme", "raw_claims": {}}
CLAIMS: dict[str, Any] = {
    **SPARSE_CLAIMS,
    "email": sample_traits.EMAIL_VALUE,
    "email_verified": True,
    "name": "Ada Lovelace",
    "given_name": "Ada",
    "family_name": "Lovelace",
    "nickname": "ada",
    "preferred_username": "ada",
    "picture": "https://example.org/ada.png",
    "locale": "en",
}
# Nobody knows what a client posts, what an operator or a provider says, or which cookies an app sets.
OPEN: tuple[Path, ...] = (
    ("identity", "traits"),
    ("flow", "transient_payload"),
    ("identity", "metadata_public"),
    ("request_cookies",),
    ("claims",),
    ("claims", "raw_claims"),
)


class SampleOccasions:
    """Of one identity-config, at one time. Implements `actions.samples.Samples`."""

    def __init__(self, config: IdentityConfig, *, public_url: str, now_ms: int) -> None:
        self._config = config
        self._public_url = public_url
        self._now_ms = now_ms
        self._made: dict[Trigger, list[Sample]] = {}

    def __call__(self, trigger: Trigger) -> Sequence[Sample]:
        """Return a sample for each of the project's schemas, the default one first."""
        if trigger not in self._made:
            default = self._config.default_schema
            others = [schema for schema in self._config.schemas.values() if schema is not default]
            self._made[trigger] = [self._sample(trigger, schema) for schema in (default, *others)]
        return self._made[trigger]

    def _sample(self, trigger: Trigger, schema: IdentitySchema) -> Sample:
        traits = sample_traits.of(schema.document)
        full = self._occasion(trigger, schema, traits.full, is_bare=False)
        sparse = self._occasion(trigger, schema, traits.sparse, is_bare=False)
        lean = self._occasion(trigger, schema, traits.lean, is_bare=True)
        everything = self._everything(schema, traits.full)
        return Sample(
            schema_id=schema.id,
            full=full,
            bare=(lean, sparse) if traits.sparse != traits.full else (lean,),
            elsewhere={name: value for name, value in everything.items() if name not in full.context},
            open=tuple(path for path in OPEN if path[0] in full.context),
        )

    def _everything(self, schema: IdentitySchema, traits: dict[str, Any]) -> dict[str, Any]:
        """Return the members of ctx that only some triggers have."""
        trigger = Trigger(flow=SETTINGS, method=OIDC)
        found = self._occasion(trigger, schema, traits, is_bare=False).context
        names = ("flow", "identity", "session", "previous_identity", "claims", "provider")
        return {name: found[name] for name in names}

    def _occasion(self, trigger: Trigger, schema: IdentitySchema, traits: dict[str, Any], *, is_bare: bool) -> Occasion:
        account = self._account(schema, traits, is_bare=is_bare)
        if trigger.flow == IDENTITY:
            return self._deed(trigger, account, is_bare=is_bare)
        flow = self._flow(trigger.flow, schema, is_bare=is_bare)
        inbound = self._inbound(trigger, flow, is_bare=is_bare)
        session = self._session(account, trigger.method)
        if trigger.moment == BEFORE:
            signed_in = SignedIn(session, account, NOBODY) if trigger.flow == SETTINGS else None
            return beginning.occasion_before(
                flow, inbound=inbound, config=self._config, signed_in=signed_in, public_url=self._public_url
            )
        told = Ending(
            flow=flow,
            method=trigger.method or self._method(trigger.flow),
            account=account,
            inbound=inbound,
            config=self._config,
            session=session if trigger.flow in HAS_SESSION else None,
            transient_payload=None if is_bare else {},
            arrival=_arrival(is_bare=is_bare) if trigger.method == OIDC else None,
            previous=account if trigger.flow == SETTINGS else None,
        )
        made = ending.occasion(told, public_url=self._public_url)
        return msgspec.structs.replace(made, trigger=trigger)

    def _deed(self, trigger: Trigger, account: Account, *, is_bare: bool) -> Occasion:
        """Return what Actions would be told of an operator's change."""
        change = trigger.method or CREATED
        deed = Deed(change=change, account=account, previous=account if change == UPDATED else None)
        place = "/admin/identities" + ("" if change == CREATED else f"/{account.id}")
        request = InboundRequest(
            method={CREATED: "POST", UPDATED: "PATCH"}.get(change, "DELETE"),
            url=self._public_url + place,
            headers=self._headers(is_bare=is_bare),
            client_ip=IP_ADDRESS,
        )
        return announcing.occasion(deed, request=request, config=self._config, public_url=self._public_url)

    def _method(self, kind: str) -> str:
        """Return how people go through a flow whose hooks stand under no method."""
        flows_config = self._config.flows
        return flows_config.recovery_use if kind == RECOVERY else flows_config.verification_use

    def _account(self, schema: IdentitySchema, traits: dict[str, Any], *, is_bare: bool) -> Account:
        account = Account(
            id=_id("ada"),
            schema_id=schema.id,
            state=ACTIVE,
            traits={},
            metadata_public=None if is_bare else {},
            external_id=None if is_bare else "customer-1815",
            state_changed_at_ms=self._now_ms,
            created_at_ms=self._now_ms,
            updated_at_ms=self._now_ms,
        )
        return reshape.reshaped(account, (), traits=traits, schema=schema, now_ms=self._now_ms).account

    def _flow(self, kind: str, schema: IdentitySchema, *, is_bare: bool) -> Flow:
        url = f"{self._public_url}/self-service/{kind}"
        flow_id = _id(kind)
        return Flow(
            id=flow_id,
            kind=kind,
            type=flows.BROWSER,
            schema_id=schema.id,
            request_url=f"{url}/browser",
            ui=nodes.Ui(action=f"{url}?flow={flow_id}", method="POST", nodes=(nodes.csrf("sample"),)),
            issued_at_ms=self._now_ms,
            expires_at_ms=self._now_ms + HOUR_MS,
            state=flows.FIRST_STATES.get(kind, flows.CHOOSE_METHOD),
            return_to=None if is_bare else f"{self._public_url}/welcome",
            identity_schema=None if is_bare else schema.id,
            continue_with=() if is_bare else ({"action": "show_settings_ui", "flow": {"id": _id(SETTINGS)}},),
        )

    def _inbound(self, trigger: Trigger, flow: Flow, *, is_bare: bool) -> Inbound:
        is_begun = trigger.moment == BEFORE
        return Inbound(
            method="GET" if is_begun else "POST",
            url=flow.request_url if is_begun else flow.ui.action,
            headers=self._headers(is_bare=is_bare),
            cookies={},
            query={},
            client_ip=IP_ADDRESS,
        )

    def _headers(self, *, is_bare: bool) -> dict[str, list[str]]:
        names = () if is_bare else self._config.header_allowlist
        return {name.lower(): [HEADER_VALUES.get(name.lower(), "sample")] for name in names}

    def _session(self, account: Account, method: str | None) -> Session:
        provider = PROVIDER if method == OIDC else None
        done = Method(method=method or "password", aal=AAL1, completed_at_ms=self._now_ms, provider=provider)
        return Session(
            id=_id("session"),
            identity_id=account.id,
            active=True,
            aal=AAL1,
            methods=(done,),
            devices=(Device(id=_id("device"), ip_address=IP_ADDRESS, user_agent=USER_AGENT),),
            issued_at_ms=self._now_ms,
            authenticated_at_ms=self._now_ms,
            expires_at_ms=self._now_ms + HOUR_MS,
        )


def _arrival(*, is_bare: bool) -> Arrival:
    return Arrival(provider_id=PROVIDER, subject=CLAIMS["sub"], claims=SPARSE_CLAIMS if is_bare else CLAIMS)


def _id(name: str) -> str:
    return str(uuid.uuid5(NAMESPACE, name))
