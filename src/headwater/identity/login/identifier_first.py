"""The first step of two: who are you? Whatever is said, the second step is alike, so that nobody learns who exists.

Here we differ from Kratos, whose second step shows what the person has, or that there is no such person.
"""

from collections.abc import Sequence

from headwater.identity.config.flows_config import IDENTIFIER_FIRST
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import flow as flows
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.nodes import Node
from headwater.identity.flows.visits import Refusal
from headwater.identity.login import form
from headwater.identity.login.code import CodeLogin
from headwater.identity.login.methods import IDENTIFIER_NODE, Attempt, LoginMethod, Step
from headwater.identity.login.required import require
from headwater.identity.messages import login
from headwater.identity.people.credentials import CODE, Credential
from headwater.identity.sessions.sessions import AAL1


class IdentifierFirst:
    """A LoginMethod that proves nothing yet. `code` sends at once where it is the only way there is."""

    name = IDENTIFIER_FIRST
    aal = AAL1

    def __init__(self, methods: Sequence[LoginMethod], *, code: CodeLogin) -> None:
        self._methods = methods
        self._code = code

    def nodes(self, flow: Flow, *, owned: Sequence[Credential], config: IdentityConfig) -> list[Node]:  # noqa: ARG002  the first step is the form's
        return []

    async def submit(self, attempt: Attempt) -> Step:
        if attempt.config.flows.login_style != IDENTIFIER_FIRST:
            raise Refusal.whole(login.no_strategy())
        require(attempt.sent, IDENTIFIER_NODE)
        offered = [item for item in self._methods if item.nodes(attempt.flow, owned=(), config=attempt.config)]
        if [item.name for item in offered] == [CODE]:
            return await self._code.send(attempt)
        flow = form.remembering(attempt.flow, attempt.identifier, active=IDENTIFIER_FIRST, state=flows.CHOOSE_METHOD)
        return Step(flow=flow)
