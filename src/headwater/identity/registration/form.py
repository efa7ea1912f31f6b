"""The registration form at each of its steps: all at once, or traits first and then a way to sign in."""

from collections.abc import Mapping, Sequence
from typing import Any

from headwater.identity.config.flows_config import PROFILE_FIRST
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import flow as flows
from headwater.identity.flows import nodes
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.nodes import Node
from headwater.identity.messages import labels, registration
from headwater.identity.people.fields import Field

STEP = "step"
PROFILE = "profile"
CREDENTIALS = "credentials"

SCREEN = "screen"
PREVIOUS = "previous"
CREDENTIAL_SELECTION = "credential-selection"
SCREENS = ("", PREVIOUS, CREDENTIAL_SELECTION)

# Ory's order: the identifier comes first, the password right after it, the other traits follow.
SOCIAL_GROUP = "oidc"
CODE_NODE = "code"
RESEND_NODE = "resend"


def build(flow: Flow, *, config: IdentityConfig, methods: Sequence[Sequence[Node]]) -> tuple[Node, ...]:
    """Return the nodes of the flow's step; `methods` are those of each enabled way to sign in."""
    fields = config.schema_of(flow.schema_id).fields
    is_profile_first = config.flows.registration_style == PROFILE_FIRST
    if flow.state != flows.CHOOSE_METHOD:
        back = [_back(CREDENTIAL_SELECTION)] if is_profile_first else []
        return (*_hidden_traits(fields), *code_step(), *back)
    # Ory's order: providers before everything else, the anti-CSRF node included.
    providers = [node for nodes_ in methods for node in nodes_ if node.group == SOCIAL_GROUP]
    ways = [node for nodes_ in methods for node in nodes_ if node.group != SOCIAL_GROUP]
    first = (*providers, nodes.csrf(""))
    if not is_profile_first:
        return (*first, *_password_after_first(nodes.traits(fields), ways))
    if step(flow) == PROFILE:
        button = nodes.submit(PROFILE, label=registration.sign_up(), group=nodes.PROFILE_GROUP)
        return (*first, *nodes.traits(fields), button)
    return (*first, *_hidden_traits(fields), *ways, _back(PREVIOUS))


def step(flow: Flow) -> str:
    """Return which step a profile-first flow is at."""
    return str(flow.memory.get(STEP, PROFILE))


def code_step() -> list[Node]:
    """Return what asks for the code that was sent."""
    group = nodes.CODE_GROUP
    code = nodes.field(
        CODE_NODE,
        type=nodes.TEXT,
        group=group,
        required=True,
        autocomplete="one-time-code",
        label=labels.registration_code(),
    )
    return [
        nodes.hidden(nodes.METHOD_NODE, CODE_NODE, group=group),
        code,
        nodes.submit(CODE_NODE, label=labels.continue_(), group=group),
        nodes.submit(CODE_NODE, label=labels.resend_code(), group=group, name=RESEND_NODE),
    ]


def typed(traits: Mapping[str, Any]) -> dict[str, Any]:
    """Return the traits as the form's nodes are called."""
    return nodes.flattened(traits, "traits") if traits else {}


def _password_after_first(traits: list[Node], ways: list[Node]) -> list[Node]:
    password = [node for node in ways if node.attributes.name == nodes.PASSWORD_NODE]
    others = [node for node in ways if node.attributes.name != nodes.PASSWORD_NODE]
    if any(node.group == nodes.CODE_GROUP for node in ways):
        return [*traits, *ways]
    return [*traits[:1], *password, *traits[1:], *others]


def _hidden_traits(fields: Sequence[Field]) -> list[Node]:
    return [nodes.as_hidden(node) for node in nodes.traits(fields)]


def _back(screen: str) -> Node:
    return nodes.submit(screen, label=registration.back(), group=nodes.PROFILE_GROUP, name=SCREEN)
