"""The login form at each of its steps: alike for everybody, known or not, until somebody has proved who they are."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from headwater.identity.config.flows_config import IDENTIFIER_FIRST
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import flow as flows
from headwater.identity.flows import nodes
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.nodes import CODE_GROUP, DEFAULT_GROUP, IDENTIFIER_FIRST_GROUP, PASSWORD_GROUP, Node
from headwater.identity.flows.submission import Submission
from headwater.identity.login import identifier_label
from headwater.identity.login.methods import IDENTIFIER_NODE, typed_identifier
from headwater.identity.messages import labels
from headwater.identity.people.credentials import PASSWORD, Credential

# What a flow remembers under this name was typed at its first step.
IDENTIFIER = "identifier"
CODE_NODE = "code"
RESEND_NODE = "resend"
AUTOCOMPLETE = "username webauthn"
# Ory's order; groups that aren't named come last, in the order of their methods.
SOCIAL_GROUP = "oidc"
GROUPS = (SOCIAL_GROUP, DEFAULT_GROUP, "webauthn", "passkey", CODE_GROUP, PASSWORD_GROUP, "totp", "lookup_secret")


def build(
    flow: Flow, *, config: IdentityConfig, methods: Sequence[Node], owned: Sequence[Credential]
) -> tuple[Node, ...]:
    """Return the nodes of the flow's step; `methods` are those of each way to sign in."""
    if flow.state == flows.SENT_EMAIL:
        return (nodes.as_hidden(_identifier(flow, config)), *_code_step(), nodes.csrf(""))
    ways = sorted(methods, key=_rank)
    if flow.requested_aal == "aal2":
        return tuple(ways)
    # Ory's order: providers before everything else, the anti-CSRF node included.
    providers = tuple(node for node in ways if node.group == SOCIAL_GROUP)
    ways = [node for node in ways if node.group != SOCIAL_GROUP]
    if flow.refresh:
        return (*providers, nodes.csrf(""), *_known_identifier(flow, ways, owned, config), *ways)
    if config.flows.login_style != IDENTIFIER_FIRST:
        return (*providers, nodes.csrf(""), _identifier(flow, config), *ways)
    if IDENTIFIER in flow.memory:
        return (nodes.as_hidden(_identifier(flow, config)), *providers, nodes.csrf(""), *ways)
    button = nodes.submit(IDENTIFIER_FIRST, label=labels.continue_(), group=IDENTIFIER_FIRST_GROUP)
    return (_identifier(flow, config), button, *providers, nodes.csrf(""))


def typed(sent: Submission) -> Mapping[str, Any]:
    """Return what is shown again of a submit: who they said they are, nothing else."""
    return {IDENTIFIER_NODE: typed_identifier(sent)}


def _identifier(flow: Flow, config: IdentityConfig) -> Node:
    is_first = config.flows.login_style == IDENTIFIER_FIRST and not flow.refresh
    return nodes.field(
        IDENTIFIER_NODE,
        type=nodes.TEXT,
        group=IDENTIFIER_FIRST_GROUP if is_first else DEFAULT_GROUP,
        value=flow.memory.get(IDENTIFIER, ""),
        required=True,
        autocomplete=AUTOCOMPLETE if is_first else None,
        label=identifier_label.of(config.schema_of(flow.schema_id)),
    )


def _known_identifier(
    flow: Flow, ways: Sequence[Node], owned: Sequence[Credential], config: IdentityConfig
) -> list[Node]:
    """A password is asked for by itself; a code needs to know where to go, which the person may choose."""
    if any(node.group == CODE_GROUP for node in ways):
        return [_identifier(flow, config)]
    mine = [text for credential in owned if credential.type == PASSWORD for text in credential.identifiers]
    return [nodes.hidden(IDENTIFIER_NODE, mine[0], group=DEFAULT_GROUP)] if mine and ways else []


def _code_step() -> list[Node]:
    code = nodes.field(
        CODE_NODE,
        type=nodes.TEXT,
        group=CODE_GROUP,
        required=True,
        autocomplete="one-time-code",
        label=labels.login_code(),
    )
    return [
        nodes.hidden(nodes.METHOD_NODE, CODE_NODE, group=CODE_GROUP),
        code,
        nodes.submit(CODE_NODE, label=labels.continue_(), group=CODE_GROUP),
        nodes.submit(CODE_NODE, label=labels.resend_code(), group=CODE_GROUP, name=RESEND_NODE),
    ]


def remembering(flow: Flow, identifier: str, **more: Any) -> Flow:
    """Return the flow with what was typed at its first step. `more` are further members of `Flow`."""
    return msgspec.structs.replace(flow, memory={**flow.memory, IDENTIFIER: identifier}, **more)


def _rank(node: Node) -> int:
    return GROUPS.index(node.group) if node.group in GROUPS else len(GROUPS)
