"""Judging a submit: from what was typed to somebody who may register, or to what is wrong. Pure."""

from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.core.secrets import Secret
from headwater.identity.flows.passages import Refusal
from headwater.identity.flows.submission import Submission
from headwater.identity.messages.text import Complaint
from headwater.identity.people.claims import Claims, CodeAddress
from headwater.identity.people.schema import IdentitySchema


class Applicant(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whose traits fit the schema. `password` fits the policy; `proven` was verified by a code."""

    method: str
    traits: dict[str, Any]
    claims: Claims
    password: Secret | None = None
    proven: CodeAddress | None = None

    @property
    def has_proven_all(self) -> bool:
        """They hold the one address that everything they claim is at: nothing of it can be somebody else's."""
        if self.proven is None:
            return False
        claims = self.claims
        codes = {item.value for item in claims.code_addresses}
        addresses = {item.value for item in claims.addresses}
        return codes.union(addresses, claims.password_identifiers) == {self.proven.value}


def claims_and_complaints(sent: Submission, *, schema: IdentitySchema) -> tuple[Claims, list[Complaint]]:
    """Return what the traits claim, and every complaint there is about the submit."""
    complaints = list(sent.complaints)
    if any(complaint.node == "traits" for complaint in complaints):
        return Claims(), complaints
    complaints += schema.validate(sent.traits)
    claims = schema.claims(sent.traits)
    known = {found.node for found in complaints}
    complaints += (item for item in claims.complaints if item.node not in known)
    return claims, complaints


def judged_traits(sent: Submission, *, schema: IdentitySchema) -> Claims:
    """Return what the traits claim. Raises Refusal with every complaint, so that a person mends all at once."""
    claims, complaints = claims_and_complaints(sent, schema=schema)
    refuse_if(complaints)
    return claims


def refuse_if(complaints: Sequence[Complaint]) -> None:
    """Raise Refusal unless there is nothing to complain about."""
    if complaints:
        raise Refusal(*complaints)
