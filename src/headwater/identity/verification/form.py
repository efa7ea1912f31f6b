"""The verification form at each of its steps: an address is asked for, then its code; in the end there is a way on."""

from collections.abc import Mapping
from typing import Any

import msgspec

from headwater.identity.config.flows_config import CODE, LINK, VERIFICATION
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.courier.kinds import EMAIL, SMS
from headwater.identity.flows import flow as flows
from headwater.identity.flows import nodes
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.nodes import Node
from headwater.identity.flows.submission import Submission
from headwater.identity.messages import labels, verification
from headwater.identity.messages.text import UiText

EMAIL_NODE = "email"
CODE_NODE = "code"
CONTINUE = "continue"

# In a flow's memory: where the code went, as it was typed, and what of.
ADDRESS = "address"
VIA = "via"


def method_of(config: IdentityConfig) -> str | None:
    """Return the way that addresses are verified by, None if it is switched off."""
    use = config.flows.verification_use
    is_enabled = {CODE: config.methods.code.is_enabled, LINK: config.methods.link.is_enabled}[use]
    return use if is_enabled else None


def build(flow: Flow, *, config: IdentityConfig) -> tuple[Node, ...]:
    """Return the nodes of the flow's step."""
    group = flow.active or CODE
    if flow.state == flows.PASSED_CHALLENGE:
        return (nodes.anchor(CONTINUE, continue_url(flow, config=config), label=labels.continue_(), group=group),)
    if flow.state == flows.SENT_EMAIL and flow.active == CODE:
        return _code_step(flow)
    method = method_of(config)
    if method is None:
        return ()
    ask = (_address(config, group=method), nodes.submit(method, label=labels.continue_(), group=method))
    return (*ask, nodes.csrf("")) if method == CODE else ask


def sent(flow: Flow, *, method: str, typed: str, via: str) -> Flow:
    """Return the flow after something was sent to `typed`."""
    memory = {**_kept(flow), ADDRESS: typed, VIA: via}
    return msgspec.structs.replace(flow, state=flows.SENT_EMAIL, active=method, memory=memory)


def sent_message(flow: Flow) -> UiText:
    """Return what says that something was sent."""
    if flow.active == LINK:
        return verification.link_sent()
    by_phone = flow.memory.get(VIA) == SMS
    return verification.code_sent_by_phone() if by_phone else verification.code_sent_by_email()


def passed(flow: Flow, *, config: IdentityConfig) -> Flow:
    """Return the flow at its end: a button that leads on."""
    done = msgspec.structs.replace(flow, state=flows.PASSED_CHALLENGE, memory=_kept(flow))
    ui = msgspec.structs.replace(flow.ui, action=continue_url(flow, config=config), method="GET")
    return msgspec.structs.replace(done, ui=ui)


def continue_url(flow: Flow, *, config: IdentityConfig) -> str:
    """Return where the person goes on: a place that was checked when the flow began, or a configured one."""
    return flow.return_to or config.flows.return_url(VERIFICATION)


def typed(sent: Submission) -> Mapping[str, Any]:
    return {EMAIL_NODE: sent.text(EMAIL_NODE)} if sent.text(EMAIL_NODE) else {}


def _kept(flow: Flow) -> dict[str, Any]:
    """Only who may look at the flow stays known."""
    return {flows.OPEN: True} if flow.is_open else {}


def _code_step(flow: Flow) -> tuple[Node, ...]:
    code = nodes.field(
        CODE_NODE,
        type=nodes.TEXT,
        group=CODE,
        required=True,
        autocomplete="one-time-code",
        label=labels.verification_code(),
    )
    resend = flow.memory.get(ADDRESS, "")
    return (
        nodes.hidden(nodes.METHOD_NODE, CODE, group=CODE),
        code,
        nodes.submit(CODE, label=labels.continue_(), group=CODE),
        nodes.csrf(""),
        nodes.submit(resend, label=labels.resend_code(), group=CODE, name=EMAIL_NODE),
    )


def _address(config: IdentityConfig, *, group: str) -> Node:
    """Ask for an e-mail address; for either kind where text messages can be sent."""
    takes_phones = group == CODE and SMS in config.courier.channels
    return nodes.field(
        EMAIL_NODE,
        type=nodes.TEXT if takes_phones else EMAIL,
        group=group,
        required=True,
        label=labels.email_or_phone() if takes_phones else labels.email(),
    )
