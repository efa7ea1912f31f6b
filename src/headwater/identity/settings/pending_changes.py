"""Changes that wait until their person has proven a new address, as stored: one a person, the newest. SQL only.

With its session, its flows or its person it is gone.
"""

import hashlib
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, insert, select

from headwater.core import ids
from headwater.identity.people.accounts import PENDING, Address
from headwater.identity.people.claims import VERIFIABLE
from headwater.store.tables import pending_changes


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be stored: the traits, what blocking Actions changed besides, and what the others are to be told."""

    method: str
    traits: dict[str, Any]
    changes: dict[str, Any] = {}
    transient_payload: dict[str, Any] | None = None


class PendingChange(msgspec.Struct, frozen=True, kw_only=True):
    """Who wants what, from which session and flow; `address` is what has to be proven.

    `traits_sha256` are those that they had: somebody who was changed since is somebody else.
    """

    verification_flow_id: str
    identity_id: str
    session_id: str
    settings_flow_id: str
    address: str
    via: str
    traits_sha256: str
    wanted: Wanted
    created_at_ms: int


def address_of(change: PendingChange) -> Address:
    """Return the address that has to be proven, as it would be stored; nobody has it yet."""
    return Address(
        id=ids.new_uuid(),
        purpose=VERIFIABLE,
        via=change.via,
        value=change.address,
        verified=False,
        status=PENDING,
        created_at_ms=change.created_at_ms,
        updated_at_ms=change.created_at_ms,
    )


def fingerprint(traits: dict[str, Any]) -> str:
    """Return the same text for the same traits, in whatever order their keys are."""
    return hashlib.sha256(msgspec.json.encode(traits, order="sorted")).hexdigest()


def keep(connection: Connection, change: PendingChange, *, project_id: str) -> None:
    """Store it in the place of any earlier one: only what somebody wanted last may happen."""
    connection.execute(delete(pending_changes).where(pending_changes.c.identity_id == change.identity_id))
    row = {name: value for name, value in msgspec.structs.asdict(change).items() if name != "wanted"}
    document = msgspec.json.encode(change.wanted).decode()
    connection.execute(insert(pending_changes).values(**row, document=document, project_id=project_id))


def find_or_none(connection: Connection, verification_flow_id: str, *, project_id: str) -> PendingChange | None:
    """Return what waits for this verification."""
    chosen = (
        pending_changes.c.verification_flow_id == verification_flow_id,
        pending_changes.c.project_id == project_id,
    )
    row = connection.execute(select(pending_changes).where(*chosen)).first()
    if row is None:
        return None
    return PendingChange(
        verification_flow_id=row.verification_flow_id,
        identity_id=row.identity_id,
        session_id=row.session_id,
        settings_flow_id=row.settings_flow_id,
        address=row.address,
        via=row.via,
        traits_sha256=row.traits_sha256,
        wanted=msgspec.json.decode(row.document, type=Wanted),
        created_at_ms=row.created_at_ms,
    )


def forget(connection: Connection, change: PendingChange) -> None:
    """Remove it: it has happened."""
    chosen = pending_changes.c.verification_flow_id == change.verification_flow_id
    connection.execute(delete(pending_changes).where(chosen))
