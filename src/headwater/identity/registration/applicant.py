"""Judging a submit: from what was typed to somebody who may register, or to what is wrong. Pure."""

from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.core.secrets import Secret
from headwater.identity.flows.submission import Submission
from headwater.identity.flows.visits import Refusal
from headwater.identity.messages.text import Complaint
from headwater.identity.people import linked
from headwater.identity.people.claims import Claims, CodeAddress
from headwater.identity.people.linked import Entry
from headwater.identity.people.schema import IdentitySchema
from headwater.identity.providers.arrival import Arrival
from headwater.identity.sessions.sessions import AAL1, Method


class Elsewhere(msgspec.Struct, frozen=True, kw_only=True):
    """The account elsewhere that somebody signs up with.

    `entry` is what is stored of it, its tokens sealed; `done` is what the session says of it.
    """

    arrival: Arrival
    entry: Entry
    done: Method
    metadata_public: Any = None
    metadata_admin: Any = None


class Applicant(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whose traits fit the schema.

    `password` fits the policy; `proven` was verified by a code, or by the provider whose account is `elsewhere`.
    """

    method: str
    traits: dict[str, Any]
    claims: Claims
    password: Secret | None = None
    proven: tuple[CodeAddress, ...] = ()
    elsewhere: Elsewhere | None = None

    @property
    def provider_id(self) -> str | None:
        """Where they came from, if by social sign-in."""
        return self.elsewhere.arrival.provider_id if self.elsewhere else None

    @property
    def proven_identifiers(self) -> list[str]:
        """What they have proven to be theirs besides a password: addresses, or the account elsewhere."""
        if self.elsewhere is not None:
            return [linked.identifier_of(self.elsewhere.entry)]
        return [item.value for item in self.proven]

    def done(self, *, now_ms: int) -> Method:
        """Return how they proved who they are, for their session."""
        if self.elsewhere is not None:
            return self.elsewhere.done
        return Method(method=self.method, aal=AAL1, completed_at_ms=now_ms)

    @property
    def has_proven_all(self) -> bool:
        """They hold every address that they claim: nothing of it can be somebody else's."""
        claims = self.claims
        codes = {item.value for item in claims.code_addresses}
        addresses = {item.value for item in claims.addresses}
        claimed = codes.union(addresses, claims.password_identifiers)
        return claimed <= {item.value for item in self.proven}


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
