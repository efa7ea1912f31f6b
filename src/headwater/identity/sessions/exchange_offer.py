"""Offering a session token exchange to the app that asks for one as it begins a flow."""

import msgspec

from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import flow as flows
from headwater.identity.flows.answers import Answer
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.inbound import Inbound
from headwater.identity.sessions.exchange import TokenExchange

ASKED = "return_session_token_exchange_code"
SHOWN = "session_token_exchange_code"
TRUE_WORDS = frozenset({"1", "t", "T", "TRUE", "true", "True"})


async def offered(
    answer: Answer, flow: Flow, *, exchange: TokenExchange, inbound: Inbound, config: IdentityConfig
) -> Answer:
    """Return the answer to a begun flow, with an init code if the app asked for one.

    Only this very answer shows it, as in Kratos: a flow can be read by its id, which travels through the browser.
    Browsers never get one: theirs is the session cookie, and a token that scripts can read would be a way around it.
    """
    if flow.type != flows.API or inbound.query.get(ASKED) not in TRUE_WORDS:
        return answer
    init_code = await exchange.begin(flow, project_id=config.project_id)
    return msgspec.structs.replace(answer, body={**(answer.body or {}), SHOWN: init_code.reveal()})
