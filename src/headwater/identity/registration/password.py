"""Registering with a password."""

from collections.abc import Awaitable, Callable

from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import nodes
from headwater.identity.flows.answers import Answer
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.nodes import PASSWORD_GROUP, PASSWORD_NODE, Node
from headwater.identity.flows.visits import Visit
from headwater.identity.messages import labels, registration, validation
from headwater.identity.messages.text import Complaint
from headwater.identity.passwords.judge import PasswordJudge
from headwater.identity.people.claims import Claims
from headwater.identity.people.credentials import PASSWORD
from headwater.identity.registration import applicant
from headwater.identity.registration.applicant import Applicant

Complete = Callable[[Visit, Applicant], Awaitable[Answer]]


class PasswordRegistration:
    """A RegistrationMethod."""

    name = PASSWORD

    def __init__(self, *, complete: Complete, judge: PasswordJudge) -> None:
        self._complete = complete
        self._judge = judge

    def is_enabled(self, config: IdentityConfig) -> bool:
        return config.methods.password.is_enabled

    def nodes(self, _config: IdentityConfig) -> list[Node]:
        password = nodes.field(
            PASSWORD_NODE,
            type="password",
            group=PASSWORD_GROUP,
            required=True,
            autocomplete="new-password",
            label=labels.password(),
        )
        return [password, nodes.submit(PASSWORD, label=registration.sign_up(), group=PASSWORD_GROUP)]

    def only_nodes(self, flow: Flow, *, config: IdentityConfig) -> list[Node] | None:  # noqa: ARG002  RegistrationMethod's
        return None

    async def submit(self, visit: Visit) -> Answer:
        schema = visit.config.schema_of(visit.flow.schema_id)
        claims, complaints = applicant.claims_and_complaints(visit.sent, schema=schema)
        if not any(complaint.node == PASSWORD_NODE for complaint in complaints):
            complaints += await self._about_password(visit, claims)
        if not complaints and not claims.password_identifiers:
            complaints.append(Complaint(message=validation.identifier_missing()))
        applicant.refuse_if(complaints)
        person = Applicant(
            method=PASSWORD, traits=visit.sent.traits, claims=claims, password=visit.sent.secret(PASSWORD_NODE)
        )
        return await self._complete(visit, person)

    async def _about_password(self, visit: Visit, claims: Claims) -> list[Complaint]:
        password = visit.sent.secret(PASSWORD_NODE)
        if not password.reveal():
            return [Complaint(node=PASSWORD_NODE, message=validation.required(PASSWORD_NODE))]
        objection = await self._judge.objection_or_none(
            password, identifiers=claims.password_identifiers, config=visit.config
        )
        return [Complaint(node=PASSWORD_NODE, message=objection)] if objection else []
