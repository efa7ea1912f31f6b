"""Judging a submit: from what was typed to someone who may register, or to what is wrong. Pure."""

from typing import Any

import msgspec

from headwater.core.secrets import Secret
from headwater.identity import messages
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows.nodes import PASSWORD_NODE
from headwater.identity.flows.submission import Submission
from headwater.identity.messages import Complaint
from headwater.identity.passwords import policy
from headwater.identity.people.claims import Claims
from headwater.identity.people.schema import IdentitySchema


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """Someone whose traits fit the schema and whose password fits the policy."""

    traits: dict[str, Any]
    claims: Claims
    password: Secret


def judge(
    submission: Submission, *, schema: IdentitySchema, config: IdentityConfig
) -> Candidate | tuple[Complaint, ...]:
    """Return the candidate, or every complaint there is, so that a person mends all at once."""
    complaints = list(submission.complaints)
    wrong_kinds = {complaint.node for complaint in complaints}
    claims = Claims()
    if "traits" not in wrong_kinds:
        complaints += schema.validate(submission.traits)
        claims = schema.claims(submission.traits)
        complaints += (item for item in claims.complaints if item.node not in {found.node for found in complaints})
    if PASSWORD_NODE not in wrong_kinds:
        complaints += _about_password(submission.password.reveal(), claims, config)
    if not complaints and not claims.password_identifiers:
        complaints.append(Complaint(message=messages.identifier_missing()))
    if complaints:
        return tuple(complaints)
    return Candidate(traits=submission.traits, claims=claims, password=submission.password)


def _about_password(password: str, claims: Claims, config: IdentityConfig) -> list[Complaint]:
    if not password:
        return [Complaint(node=PASSWORD_NODE, message=messages.required(PASSWORD_NODE))]
    objection = policy.objection_or_none(password, identifiers=claims.password_identifiers, config=config)
    return [Complaint(node=PASSWORD_NODE, message=objection)] if objection else []
