"""What a flow remembers of somebody it has made, while their Actions haven't all gone through: what they had typed.

Not what is stored of them: an Action may have changed that.
"""

from typing import Any

import msgspec

from headwater.core.secrets import fingerprint
from headwater.identity.flows.flow import Flow
from headwater.identity.registration.applicant import Applicant

UNFINISHED = "unfinished"  # in the flow's memory
IDENTIFIERS = "identifiers"
TRAITS = "traits_sha256"


def remembering(flow: Flow, account_id: str, applicant: Applicant) -> Flow:
    """Return the flow as one that has made this person."""
    seen = {IDENTIFIERS: sorted(_identifiers(applicant)), TRAITS: _traits(applicant)}
    return msgspec.structs.replace(flow, unfinished_id=account_id, memory={**flow.memory, UNFINISHED: seen})


def forgotten(flow: Flow) -> Flow:
    """Return the flow as one that is done."""
    memory = {key: value for key, value in flow.memory.items() if key != UNFINISHED}
    return msgspec.structs.replace(flow, unfinished_id=None, memory=memory)


def has_same_identifiers(flow: Flow, applicant: Applicant) -> bool:
    return _seen(flow).get(IDENTIFIERS) == sorted(_identifiers(applicant))


def has_proven_one(flow: Flow, applicant: Applicant) -> bool:
    """Tell whether they have proven, now, something that the person had proven."""
    return not set(applicant.proven_identifiers).isdisjoint(_seen(flow).get(IDENTIFIERS, ()))


def has_same_traits(flow: Flow, applicant: Applicant) -> bool:
    return bool(_seen(flow).get(TRAITS) == _traits(applicant))


def _seen(flow: Flow) -> dict[str, Any]:
    found: dict[str, Any] = flow.memory.get(UNFINISHED, {})
    return found


def _identifiers(applicant: Applicant) -> set[str]:
    return {*applicant.claims.password_identifiers, *applicant.proven_identifiers}


def _traits(applicant: Applicant) -> str:
    return fingerprint(msgspec.json.encode(applicant.traits, order="deterministic").decode())
