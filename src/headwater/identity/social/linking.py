"""Adding an account elsewhere to somebody who is here already: only they may, by signing in as themselves first.

An e-mail address that a provider names proves nothing about who has it here: without this step, whoever makes an
account with ada's address at a careless provider would be ada.
"""

from collections.abc import Callable, Sequence

import msgspec
from sqlalchemy import Connection

from headwater.core.clock import Clock, epoch_ms
from headwater.core.secrets import Sealer
from headwater.identity import lifecycle
from headwater.identity.flows import nodes
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.nodes import DEFAULT_GROUP, Meta, Node
from headwater.identity.flows.visits import Refusal, Visit
from headwater.identity.login.methods import IDENTIFIER_NODE, Proof
from headwater.identity.messages import login
from headwater.identity.messages.text import UiText
from headwater.identity.people import accounts, credentials, linked, persons
from headwater.identity.people.credentials import OIDC
from headwater.identity.people.reshape import Reshaped
from headwater.identity.providers.arrival import Arrival
from headwater.identity.social import buttons, keepsakes, token_vault
from headwater.identity.social.keepsakes import LINKING, Arrived, Keepsakes
from headwater.identity.social.owner import Owner
from headwater.log import outbox

SIGN_IN_WITH = login.sign_in_with("", provider_id="").id
SIGN_IN = login.sign_in().id


class Linking:
    """Remembers an account elsewhere in a login flow, and adds it to who signs in there, if it is who it should be."""

    def __init__(self, *, sealer: Sealer, clock: Clock) -> None:
        self._keepsakes = Keepsakes(sealer)
        self._sealer = sealer
        self._clock = clock

    def awaiting(self, flow: Flow, arrival: Arrival, owner: Owner) -> Flow:
        """Return a login flow at whose end the account elsewhere becomes the owner's."""
        pending = keepsakes.arrived(arrival, identity_id=owner.account.id, identifier=owner.identifier)
        return self._keepsakes.kept(flow, LINKING, pending)

    def pending_or_none(self, flow: Flow) -> Arrived | None:
        """Return what the flow would add."""
        return self._keepsakes.find_or_none(flow, LINKING, Arrived)

    def joined(self, visit: Visit, proof: Proof) -> Proof:
        """Return the proof with what it adds, if its flow adds anything. Raises Refusal for anybody but the owner."""
        pending = self.pending_or_none(visit.flow)
        if pending is None:
            return proof
        if proof.account.id != pending.identity_id:
            raise Refusal.whole(login.linked_credentials_differ())
        arrival = pending.arrival
        add = self.adding(proof.account.id, arrival, visit=visit)

        def store(connection: Connection) -> None:
            if proof.store is not None:
                proof.store(connection)
            add(connection)

        return msgspec.structs.replace(proof, store=store, linked=arrival)

    def adding(self, account_id: str, arrival: Arrival, *, visit: Visit) -> Callable[[Connection], None]:
        """Return what stores the account elsewhere as the person's. It raises DuplicateIdentifierError."""
        project_id, now_ms = visit.config.project_id, epoch_ms(self._clock.now())
        entry = token_vault.entry(arrival, sealer=self._sealer)

        def store(connection: Connection) -> None:
            account = accounts.find_or_none(connection, account_id, project_id=project_id)
            if account is None:
                return  # deleted meanwhile: whoever lets them in finds out
            owned = tuple(credentials.of_accounts(connection, [account_id]))
            person = Reshaped(account=msgspec.structs.replace(account, updated_at_ms=now_ms), credentials=owned)
            persons.save_person(connection, linked.linked(person, [entry], now_ms=now_ms), project_id=project_id)
            event = lifecycle.credential_changed(
                account_id, project_id=project_id, method=OIDC, flow_type=visit.flow.type, now_ms=now_ms
            )
            outbox.enqueue(connection, [event])

        return store

    def confirming(self, flow: Flow, form: Sequence[Node]) -> tuple[Node, ...]:
        """Return a login form as one that confirms who somebody is: without the provider they just came from."""
        pending = self.pending_or_none(flow)
        if pending is None:
            return tuple(form)
        left = [node for node in form if not _leads_to(node, pending.provider_id)]
        return tuple(_relabelled(_identified(node, pending.identifier)) for node in left)


def _leads_to(node: Node, provider_id: str) -> bool:
    return node.group == buttons.GROUP and node.attributes.value == provider_id


def _identified(node: Node, identifier: str) -> Node:
    """Who it has to be is known: they aren't asked."""
    if node.attributes.name != IDENTIFIER_NODE:
        return node
    attributes = msgspec.structs.replace(node.attributes, type=nodes.HIDDEN, value=identifier)
    return msgspec.structs.replace(node, attributes=attributes)


def _relabelled(node: Node) -> Node:
    label = node.meta.label
    if label is None or node.group == DEFAULT_GROUP:
        return node
    return msgspec.structs.replace(node, meta=Meta(label=_confirming(label)))


def _confirming(label: UiText) -> UiText:
    if label.id == SIGN_IN:
        return login.sign_in_and_link()
    if label.id == SIGN_IN_WITH:
        return login.confirm_with((label.context or {})["provider"])
    return label
