"""The recovery form at each of its steps: an address is asked for, then the code that was sent there."""

from collections.abc import Mapping
from typing import Any

import msgspec

from headwater.identity.codes.challenges import CODE_DIGITS
from headwater.identity.config.flows_config import CODE, LINK
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.courier.kinds import EMAIL
from headwater.identity.flows import flow as flows
from headwater.identity.flows import nodes
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.nodes import Node
from headwater.identity.flows.submission import Submission
from headwater.identity.messages import labels, recovery
from headwater.identity.messages.text import UiText

EMAIL_NODE = "email"
CODE_NODE = "code"
DIGITS = "[0-9]+"

# In a flow's memory: where the code went, as it was typed.
ADDRESS = "address"


def methods_of(config: IdentityConfig) -> tuple[str, ...]:
    """Return the ways to recover: the configured one first; links go beside codes where they are switched on."""
    use = config.flows.recovery_use
    enabled = {CODE: config.methods.code.is_enabled and use == CODE, LINK: config.methods.link.is_enabled}
    return tuple(sorted((method for method in (CODE, LINK) if enabled[method]), key=lambda method: method != use))


def build(flow: Flow, *, config: IdentityConfig) -> tuple[Node, ...]:
    """Return the nodes of the flow's step."""
    if flow.state != flows.CHOOSE_METHOD and flow.active == CODE:
        return _issued_code_step() if ADDRESS not in flow.memory else _code_step(flow.memory[ADDRESS])
    ways = methods_of(config)
    if not ways:
        return ()
    method = flow.active if flow.active in ways else ways[0]
    email = nodes.field(EMAIL_NODE, type=EMAIL, group=method, required=True, label=labels.email())
    return (email, nodes.submit(method, label=labels.continue_(), group=method))


def sent(flow: Flow, *, method: str, typed: str) -> Flow:
    """Return the flow after something was sent to `typed`."""
    return msgspec.structs.replace(flow, state=flows.SENT_EMAIL, active=method, memory={ADDRESS: typed})


def sent_message(method: str) -> UiText:
    """Return what says that something was sent."""
    return recovery.link_sent() if method == LINK else recovery.code_sent()


def passed(flow: Flow, *, identity_id: str) -> Flow:
    """Return the flow at its end."""
    return msgspec.structs.replace(flow, state=flows.PASSED_CHALLENGE, identity_id=identity_id)


def typed(sent: Submission) -> Mapping[str, Any]:
    return {EMAIL_NODE: sent.text(EMAIL_NODE)} if sent.text(EMAIL_NODE) else {}


def _code_step(address: str) -> tuple[Node, ...]:
    code, button = _issued_code_step()
    return (
        code,
        nodes.hidden(nodes.METHOD_NODE, CODE, group=CODE),
        button,
        nodes.submit(address, label=labels.resend_code(), group=CODE, name=EMAIL_NODE),
    )


def _issued_code_step() -> tuple[Node, Node]:
    """Ask for a code that an operator issued: there is no address that it could be sent to again."""
    code = nodes.field(
        CODE_NODE,
        type=nodes.TEXT,
        group=CODE,
        required=True,
        autocomplete="one-time-code",
        pattern=DIGITS,
        maxlength=CODE_DIGITS,
        label=labels.recovery_code(),
    )
    return code, nodes.submit(CODE, label=labels.continue_(), group=CODE)
