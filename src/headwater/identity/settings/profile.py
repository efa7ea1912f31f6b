"""Changing one's traits."""

from typing import Any

from headwater.core.event import Record
from headwater.identity import lifecycle
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import anonymous, nodes
from headwater.identity.flows.nodes import PROFILE_GROUP, Node
from headwater.identity.flows.visits import Refusal, Visit
from headwater.identity.messages import labels
from headwater.identity.people import reshape
from headwater.identity.people.reshape import Reshaped
from headwater.identity.settings.methods import Change, Owner

PROFILE = "profile"
TRAITS = "traits"


class ProfileSettings:
    """A SettingsMethod."""

    name = PROFILE

    def is_enabled(self, config: IdentityConfig) -> bool:
        return config.methods.profile_is_enabled

    def nodes(self, owner: Owner, *, config: IdentityConfig) -> list[Node]:
        fields = config.schema_of(owner.account.schema_id).fields
        values = nodes.flattened(owner.account.traits, TRAITS) if owner.account.traits else {}
        button = nodes.submit(PROFILE, label=labels.save(), group=PROFILE_GROUP)
        return [*nodes.traits(fields, group=PROFILE_GROUP, values=values), button]

    def may_need_privilege(self, visit: Visit, owner: Owner) -> bool:
        schema = visit.config.schema_of(owner.account.schema_id)
        if schema.validate(visit.sent.traits):
            return False  # what doesn't fit is refused anyway, and changes nothing
        return _is_sensitive(
            owner, reshape.reshaped(owner.account, owner.credentials, traits=visit.sent.traits, schema=schema, now_ms=0)
        )

    async def judge(self, visit: Visit, owner: Owner, *, now_ms: int) -> Change:
        return self._change(visit, owner, visit.sent.traits, now_ms=now_ms)

    def resume(self, visit: Visit, owner: Owner, kept: dict[str, Any], *, now_ms: int) -> Change:
        return self._change(visit, owner, kept[TRAITS], now_ms=now_ms)

    def _change(self, visit: Visit, owner: Owner, traits: dict[str, Any], *, now_ms: int) -> Change:
        schema = visit.config.schema_of(owner.account.schema_id)
        complaints = [*visit.sent.complaints, *schema.validate(traits)]
        known = {item.node for item in complaints}
        complaints += (item for item in schema.claims(traits).complaints if item.node not in known)
        if complaints:
            raise Refusal(*complaints)
        person = reshape.reshaped(owner.account, owner.credentials, traits=traits, schema=schema, now_ms=now_ms)

        def event(identity_id: str, moment_ms: int) -> Record:
            return lifecycle.profile_updated(
                identity_id,
                project_id=visit.config.project_id,
                flow_type=visit.flow.type,
                now_ms=moment_ms,
                anonymous_id=anonymous.id_or_none(visit.inbound, visit.sent.transient_payload),
            )

        return Change(person=person, needs_privilege=_is_sensitive(owner, person), kept={TRAITS: traits}, event=event)


def _is_sensitive(owner: Owner, person: Reshaped) -> bool:
    """Tell whether the person would sign in with, or be reached by, something else than before."""
    return _places(owner.account.addresses, owner.credentials) != _places(person.account.addresses, person.credentials)


def _places(addresses: Any, credentials: Any) -> tuple[frozenset[Any], frozenset[Any]]:
    reached = frozenset((item.purpose, item.via, item.value) for item in addresses)
    signed_in_with = frozenset((item.type, text) for item in credentials for text in item.identifiers)
    return reached, signed_in_with
